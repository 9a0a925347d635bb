import { InjectAggregate } from '@everfold/nestjs';
import { CommitRepository, type IQueryHandler, Query, QueryHandler } from '@everfold/nestjs/cqrs';
import { Note } from './note';

export class GetNote extends Query<string | undefined> {
  constructor(readonly noteId: string) {
    super();
  }
}

@QueryHandler(GetNote)
export class GetNoteHandler implements IQueryHandler<GetNote> {
  constructor(@InjectAggregate(Note) private readonly notes: CommitRepository<Note>) {}

  async execute({ noteId }: GetNote): Promise<string | undefined> {
    return (await this.notes.find(noteId))?.text;
  }
}
