import { InjectAggregate } from '@everfold/nestjs';
import {
  CommandHandler,
  CommitRepository,
  EventPublisher,
  type ICommandHandler,
} from '@everfold/nestjs/cqrs';
import { Note } from './note';

export class WriteNote {
  constructor(
    readonly noteId: string,
    readonly text: string,
  ) {}
}

@CommandHandler(WriteNote)
export class WriteNoteHandler implements ICommandHandler<WriteNote> {
  constructor(
    @InjectAggregate(Note) private readonly notes: CommitRepository<Note>,
    private readonly publisher: EventPublisher,
  ) {}

  async execute({ noteId, text }: WriteNote): Promise<void> {
    const found = await this.notes.find(noteId);
    const note = found ?? this.publisher.mergeObjectContext(new Note(noteId));
    note.write(text);
    await note.commit();
  }
}
