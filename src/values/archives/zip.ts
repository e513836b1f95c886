/** Members of a ZIP archive: `.zip`, `.npz`, wheels, what `torch.save` writes. */
import type { RandomAccess } from "../tensors/access.ts";
import { listZip, placeOf, type ZipEntry } from "../tensors/zip.ts";
import { type Archive, checkMembers, checkName, distinctMembers, type Member } from "./archive.ts";

const DEFLATE = 8;
/** The packing of a member whose bytes stand there as they are. */
export const AS_IT_IS = "zip 0";
/** More than deflate makes of one byte: what says so lies. */
const MOST_OF_A_BYTE = 1040;

export async function zipMembers(access: RandomAccess): Promise<Archive> {
  const entries = (await listZip(access)).filter(({ name, size }) => !(name.endsWith("/") && size === 0));
  checkMembers(entries.length);
  const lies = entries.filter(isImpossible).length;
  return {
    format: "zip",
    members: distinctMembers(entries.map(memberOf)),
    notes: lies === 0 ? [] : ["files in it say to be larger than their bytes can be unpacked to"],
  };
}

function isImpossible({ method, size, packed }: ZipEntry): boolean {
  return (method === 0 && size > packed) || (method === DEFLATE && size > packed * MOST_OF_A_BYTE);
}

function memberOf(entry: ZipEntry): Member {
  const { name, size, method, crc, packed } = entry;
  return {
    name: checkName(name),
    size,
    packing: `zip ${method}`,
    // Where nobody counted it stands 0.
    sum: crc === 0 && size > 0 ? null : crc,
    stored: packed,
    locate: async (access) => ({ offset: await placeOf(access, entry), length: packed }),
  };
}
