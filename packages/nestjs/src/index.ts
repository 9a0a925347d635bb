// The package's only door.
export {};
