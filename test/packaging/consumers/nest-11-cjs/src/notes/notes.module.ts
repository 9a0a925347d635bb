import { EverfoldModule } from '@everfold/nestjs';
import { CqrsModule, cqrsAggregate } from '@everfold/nestjs/cqrs';
import { Module } from '@nestjs/common';
import { GetNoteHandler } from './get-note';
import { Note, NoteWritten } from './note';
import { WriteNoteHandler } from './write-note';
import { WrittenNotes } from './written-notes';

@Module({
  imports: [
    CqrsModule,
    EverfoldModule.forFeature([
      cqrsAggregate('note', Note, { events: { 'note.written': NoteWritten } }),
    ]),
  ],
  providers: [WriteNoteHandler, GetNoteHandler, WrittenNotes],
})
export class NotesModule {}
