// A page of a run: checksum (4 bytes), level (1), reserved (1), number of the run (6), number of the page (4), then the entries in
// the order of hash and name: hash (4), length of the name and whether its places lie elsewhere (2), first revision (6), count of
// revisions (4), name, and 8 bytes a place.

/** Where things stand in a page. */
export const LEVEL_AT = 4;
export const NUMBER_AT = 6;
export const PAGE_AT = 12;
export const HEADER = 16;

/** Where things stand in an entry. */
export const LENGTH_AT = 4;
export const FIRST_AT = 6;
export const COUNT_AT = 12;
export const NAME_AT = 16;

/** Beside the length of the name: the places have entries of their own. */
export const ELSEWHERE = 0x8000;

/** Bytes of a place. */
export const PLACE_BYTES = 8;

/** Fits into one page of LMDB, behind its header and the version of the entry. */
export const PAGE_BYTES = 4_096 - 24 - 8;
