/** A license is what the repository says it is, and nothing else. */
import { expect, it } from "vitest";
import { LICENSE_FILES, licenseOf } from "../../src/values/license.ts";

function found(files: Record<string, string>): unknown {
  const license = licenseOf(LICENSE_FILES.map((file) => [file, files[file] ?? null]));
  return license && [license.name, license.isSpdx, license.file];
}

it.each<[Record<string, string>, unknown]>([
  [{}, null],
  [{ "pyproject.toml": '[project]\nname = "x"\nlicense = "mit"\n[tool.x]\n' }, ["MIT", true, "pyproject.toml"]],
  [{ "pyproject.toml": "[project]\nlicense = { text = 'Apache-2.0' }\n" }, ["Apache-2.0", true, "pyproject.toml"]],
  [{ "pyproject.toml": '[tool.x]\nlicense = "MIT"\n' }, null],
  [{ "pyproject.toml": '[project]\nlicense = "Our own"\n' }, ["Our own", false, "pyproject.toml"]],
  [{ "package.json": '{"license":"(c) me"}' }, ["(c) me", false, "package.json"]],
  [{ "package.json": '{"license":"MIT OR Apache-2.0"}' }, ["MIT OR Apache-2.0", true, "package.json"]],
  [{ "package.json": '{"license":["MIT"]}' }, null],
  [{ "package.json": "{" }, null],
  [{ "package.json": '{"license":"MIT\\nbase_model: x"}' }, null],
  [{ LICENSE: "MIT License\n\nCopyright" }, ["MIT", true, "LICENSE"]],
  [{ LICENSE: "\n      Apache License\n   Version 2.0, January 2004\n" }, ["Apache-2.0", true, "LICENSE"]],
  [{ "LICENSE.md": "# The MIT License (MIT)\n" }, ["MIT", true, "LICENSE.md"]],
  [{ COPYING: "SPDX-License-Identifier: CC-BY-4.0\n" }, ["CC-BY-4.0", true, "COPYING"]],
  [{ LICENSE: "This is not the MIT License" }, null],
])("%j: %j", (files, license) => {
  expect(found(files)).toEqual(license);
});
