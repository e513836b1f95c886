/** What is said of a place that is no remote, another one, or one that cannot be used so. */
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { MARK } from "./mark.ts";

/** How messages call the remote (`remote 'store'`), and where it is. */
interface Named {
  readonly name: string;
  readonly address: string;
}

/** `read-only`. */
export function onlyRead({ name, address }: Named): MvgitError {
  return new MvgitError("read-only", `${name} can only be read: a web server serves '${address}'`, {
    subject: address,
    hint: "name another one with '--remote NAME', or make another the default with 'mvgit remote default NAME'",
  });
}

/** `remote-foreign`, of a place that was a remote when this clone last saw it. `how`: as in "it is empty". */
export function changedPlace({ name, address }: Named, how: string): MvgitError {
  const own = /'(.*)'$/.exec(name)?.[1] ?? "NAME";
  return new MvgitError("remote-foreign", `${name} at '${address}' is not the one that this clone knows: ${how}`, {
    subject: address,
    hint: prose`see that the right disk is mounted and the address is right; if it was made anew on purpose,
        run 'mvgit remote accept ${own}', then 'mvgit push --all --remote ${own}'`,
  });
}

/** `blob-damaged`. `how`: as in "it ends after 12 bytes". */
export function damagedMark({ name, address }: Named, how: string): MvgitError {
  return new MvgitError("blob-damaged", `the mark '${MARK}' of ${name} is damaged: ${how}`, {
    subject: address,
    hint: prose`bring it back from a copy of the remote; in a place where nothing was pushed yet, remove it, and
        run 'mvgit push'`,
  });
}

/** `remote-foreign`. `found`: an object that is no remote's. */
export function foreignPlace({ address }: Named, found: string): MvgitError {
  return new MvgitError("remote-foreign", `'${address}' is not an mvgit remote: it holds '${found}'`, {
    subject: address,
    hint: "choose an empty folder or prefix, or correct the address with 'mvgit remote add'",
  });
}

/** `remote-foreign`, of what a web server answers for the mark. */
export function foreignAnswer({ address }: Named): MvgitError {
  return new MvgitError(
    "remote-foreign",
    `'${address}' is not an mvgit remote: what it answers for '${MARK}' is something else`,
    {
      subject: address,
      hint: "correct the address with 'mvgit remote add'; some servers answer with a page for whatever is asked",
    },
  );
}

/** `remote-missing`: where nothing can be listed, an empty place is as good as none. */
export function noMark({ address }: Named): MvgitError {
  return new MvgitError("remote-missing", `there is no mvgit remote at '${address}': it has no '${MARK}'`, {
    subject: address,
    hint: `correct the address with 'mvgit remote add': it is that of the folder in which '${MARK}' lies`,
  });
}
