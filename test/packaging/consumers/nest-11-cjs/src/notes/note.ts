import { AggregateRoot } from '@everfold/nestjs/cqrs';

export class NoteWritten {
  constructor(
    readonly noteId: string,
    readonly text: string,
  ) {}
}

export class Note extends AggregateRoot {
  text = '';

  constructor(readonly id: string) {
    super();
  }

  write(text: string): void {
    this.apply(new NoteWritten(this.id, text));
  }

  onNoteWritten({ text }: NoteWritten): void {
    this.text = text;
  }
}
