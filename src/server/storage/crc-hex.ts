/** A CRC32C as it is written everywhere: eight lower-case hex digits. */
export const crcHex = (crc: number): string => crc.toString(16).padStart(8, '0');
