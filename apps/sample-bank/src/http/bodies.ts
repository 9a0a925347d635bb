import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min, ValidateBy } from 'class-validator';

const TRILLION = 10 ** 12;
const AMOUNT = {
  type: 'integer',
  format: 'int64',
  maximum: TRILLION,
  description: 'Minor units of the currency.',
} as const;

/** At most so many code points of well-formed Unicode: an emoji counts as one. */
function MaxCodePoints(most: number): PropertyDecorator {
  return ValidateBy({
    name: 'maxCodePoints',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && value.isWellFormed() && [...value].length <= most,
      defaultMessage: () => `must be well-formed text of at most ${most} characters`,
    },
  });
}

/** The braille pattern without dots and the note without head are symbols by their category, and cannot be seen. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u{2800}\u{1d159}]/u;

/** Holds something that can be seen. */
function IsNotBlank(): PropertyDecorator {
  return ValidateBy({
    name: 'isNotBlank',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && VISIBLE.test(value),
      defaultMessage: () => 'must not be blank',
    },
  });
}

/** What POST /accounts takes. Amounts are minor units. */
export class OpenAccountBody {
  @ApiProperty({
    minLength: 1,
    maxLength: 100,
    description: 'Characters are code points; one at least can be seen.',
  })
  @IsNotBlank()
  @MaxCodePoints(100)
  owner!: string;

  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  @Matches(/^[A-Z]{3}$/, { message: 'must be three capital letters' })
  currency!: string;

  @ApiProperty({ ...AMOUNT, minimum: 0, required: false, default: 0 })
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be at least 0' })
  @Max(TRILLION, { message: `must be at most ${TRILLION}` })
  overdraftLimit: number = 0;
}

/** What deposits and withdrawals take. Amounts are minor units. */
export class MoneyBody {
  @ApiProperty({ ...AMOUNT, minimum: 1 })
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(TRILLION, { message: `must be at most ${TRILLION}` })
  amount!: number;

  @ApiProperty({ maxLength: 140, required: false, default: '' })
  @MaxCodePoints(140)
  reference: string = '';
}

/** What freezing, unfreezing and closing take. */
export class ReasonBody {
  @ApiProperty({ maxLength: 140, required: false, default: '' })
  @MaxCodePoints(140)
  reason: string = '';
}
