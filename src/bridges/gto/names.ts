/** Which model an artifact of GTO's is here. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { asModelName, type ModelName, readRef } from "../../values/label.ts";
import type { GtoPlan } from "./plan.ts";
import { modelFromGto } from "./tag.ts";
import type { GtoTag } from "./tags.ts";

/** Throws `name-clash` where two artifacts would be one model, or GTO's tags have names that the model's would have. */
export function namePlans(
  plans: readonly GtoPlan[],
  { names, tags, notes }: { names: ReadonlyMap<string, string>; tags: readonly GtoTag[]; notes: string[] },
): { model: ModelName; plan: GtoPlan }[] {
  const named = new Map<ModelName, GtoPlan>();
  for (const name of names.keys()) {
    if (!plans.some((each) => each.artifact === name))
      throw new MvgitError("usage", `no tag of GTO names '${display(name)}'`, {
        subject: display(name),
        hint: "'gto show' lists the artifacts",
      });
  }
  for (const plan of plans) {
    const { artifact } = plan;
    const asked = names.get(artifact);
    const model = asked === undefined ? modelFromGto(artifact) : asModelName(asked);
    if (model === null)
      throw new MvgitError("usage", `'${display(asked ?? artifact)}' cannot be the name of a model`, {
        subject: display(artifact),
        hint: `name it with '--as ${display(artifact)}=NAME', of a-z, 0-9, '.', '_' and '-'`,
      });
    const other = named.get(model);
    if (other)
      throw new MvgitError("name-clash", `'${other.artifact}' and '${artifact}' would both be the model '${model}'`, {
        subject: artifact,
        hint: `name one of them with '--as ${artifact}=NAME'`,
      });
    const taken = tags.find(({ tag }) => readRef(`refs/tags/${tag}`)?.model === model);
    if (taken)
      throw new MvgitError(
        "name-clash",
        prose`'${artifact}' cannot be '${model}' here: GTO's tag '${taken.tag}' has a name that its versions
          and events would have`,
        {
          subject: artifact,
          hint: "choose a name with a dot, which no tag of GTO's can have; without '--as' it gets one",
        },
      );
    if (model !== artifact) notes.push(`'${artifact}' is the model '${model}' here`);
    named.set(model, plan);
  }
  return [...named].map(([model, plan]) => ({ model, plan }));
}
