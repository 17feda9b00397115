/** The address space that the resizable buffers of one document may take, in bytes. */
export const MAX_RESERVED: number = 2 ** 32;
