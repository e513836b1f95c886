/**
 * Which words of a command the trained program itself was given: what starts it (`uv run`, `torchrun`, `python -m`,
 * `bash -c`) has options of its own, which are no settings. Pure; what cannot be told is said so.
 */
import { type Script, readScript } from "./shell-words.ts";

/** A program, and the words that it was started with. */
export interface Invocation {
  /** Path of its file as typed (`train.py`, `./train`), or `-m MODULE`; "" where none is known. */
  program: string;
  args: readonly string[];
  /** Where it starts, relative to where the command does. */
  folder: string;
  /** Only `NAME=VALUE` words are settings, as of make. */
  assignmentsOnly: boolean;
}

export interface Launched {
  invocations: Invocation[];
  /** Programs of which it is not known whether they ran. */
  conditional: Invocation[];
  /** Sentences on what could not be told. */
  unknown: string[];
}

/** Options that take the next word, of programs that start others; other options are taken for switches. */
const VALUE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "uv run": words(
    "--with -w --with-requirements --with-editable --python -p --extra --no-extra --group --no-group " +
      "--only-group --env-file --directory --project --index --index-url -i --default-index --extra-index-url " +
      "--find-links -f --package --config-file --cache-dir --refresh-package --upgrade-package -P " +
      "--reinstall-package --resolution --prerelease --fork-strategy --exclude-newer --link-mode --color " +
      "--config-setting -C --keyring-provider --index-strategy --no-build-package --no-binary-package " +
      "--no-build-isolation-package --allow-insecure-host --python-platform --no-install-package",
  ),
  "conda run": words("-n --name -p --prefix --cwd"),
  env: words("-u --unset -C --chdir"),
  nice: words("-n --adjustment"),
  ionice: words("-c --class -n --classdata -p --pid"),
  stdbuf: words("-i --input -o --output -e --error"),
  timeout: words("-k --kill-after -s --signal"),
  numactl: words("-C --physcpubind -m --membind -N --cpunodebind -i --interleave -p --preferred"),
  time: words("-o --output -f --format"),
  "xvfb-run": words("-n --server-num -s --server-args -e --error-file -f --auth-file -p --xauth-protocol -w --wait"),
  python: words("-W -X --check-hash-based-pycs"),
  torchrun: words(
    "--nnodes --nproc-per-node --nproc_per_node --rdzv-backend --rdzv_backend --rdzv-endpoint " +
      ("--rdzv_endpoint " + "--rdzv-id --rdzv_id --rdzv-conf --rdzv_conf --max-restarts --max_restarts ") +
      "--monitor-interval --monitor_interval --start-method --start_method --role --log-dir --log_dir -r " +
      "--redirects -t --tee --node-rank --node_rank --master-addr --master_addr --master-port --master_port " +
      "--local-addr --local_addr --logs-specs --local-ranks-filter --local_ranks_filter --event-log-handler " +
      "--numa-binding",
  ),
  "accelerate launch": words(
    "--config_file --mixed_precision --num_processes --num_machines --num_cpu_threads_per_process " +
      "--dynamo_backend --dynamo_mode --gpu_ids --machine_rank --main_process_ip --main_process_port " +
      "--rdzv_backend --rdzv_conf --max_restarts --monitor_interval --role --same_network " +
      "--deepspeed_config_file --zero_stage --offload_optimizer_device --offload_param_device " +
      "--gradient_accumulation_steps --gradient_clipping --zero3_init_flag --zero3_save_16bit_model " +
      "--deepspeed_hostfile --deepspeed_exclusion_filter --deepspeed_inclusion_filter " +
      "--deepspeed_multinode_launcher --fsdp_sharding_strategy --fsdp_min_num_params --fsdp_auto_wrap_policy " +
      "--fsdp_backward_prefetch --fsdp_state_dict_type --fsdp_offload_params " +
      "--fsdp_transformer_layer_cls_to_wrap --tpu_cluster --downcast_bf16 --log_dir --tee",
  ),
  deepspeed: words(
    "-H --hostfile -i --include -e --exclude --num_nodes --num_gpus --min_elastic_nodes --max_elastic_nodes " +
      "--master_port --master_addr --launcher --launcher_args --module_root --node_rank --autotuning " +
      "--bind_core_list",
  ),
  srun: words(
    "-A -a -B -c -C -D -d -e -G -I -i -J -K -k -l -L -M -m -N -n -o -p -P -q -r -S -T -t -w -W -x -X -Z " +
      "--account --nodes --ntasks --cpus-per-task --partition --time --gres --gpus --mem --job-name --output " +
      "--error --qos --nodelist --exclude --constraint --chdir --ntasks-per-node --gpus-per-node " +
      "--gpus-per-task --mem-per-cpu --mem-per-gpu --cpu-bind --mpi",
  ),
  mpirun: words(
    "-n -np -c --np --n --host -host -H --hostfile -hostfile --machinefile -machinefile --map-by --bind-to " +
      "--rank-by -x -wdir --wdir -N --npernode -npernode -ppn -f -genvlist --prefix --report-uri",
  ),
  horovodrun: words("-np --num-proc -H --hosts --hostfile --host-discovery-script -p --ssh-port --min-np --max-np"),
  make: words("-C --directory -f --file --makefile -I --include-dir -o --old-file -W --what-if -l --load-average"),
  node: words("-r --require --import --loader --env-file --max-old-space-size"),
  taskset: [],
  flock: words("-w --timeout -E"),
  "hatch run": words("-e --env"),
  dotenv: words("-f --file -q --quote"),
};

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** Programs that start what follows their options; a number says how many words come first (`timeout 10m`). */
const WRAPPERS: Readonly<Record<string, number>> = {
  nice: 0,
  ionice: 0,
  nohup: 0,
  setsid: 0,
  stdbuf: 0,
  time: 0,
  timeout: 1,
  numactl: 0,
  "xvfb-run": 0,
  taskset: 1,
  unbuffer: 0,
  tini: 0,
  sudo: 0,
  chronic: 0,
  catchsegv: 0,
  flock: 1,
  caffeinate: 0,
};
/** `NAME run COMMAND`, or another word in place of `run`. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  uv: ["run"],
  poetry: ["run"],
  pdm: ["run"],
  pipenv: ["run"],
  rye: ["run"],
  hatch: ["run"],
  pixi: ["run"],
  conda: ["run"],
  mamba: ["run"],
  micromamba: ["run"],
  dotenv: ["run"],
  accelerate: ["launch"],
};
const PYTHON = /^(?:python|pypy|ipython)(?:[0-9.]+)?w?$/;
/** Others that run a script: its options begin after it. */
const SCRIPTED = /^(?:bash|sh|dash|zsh|ksh|node|nodejs|bun|deno|ruby|perl|Rscript|julia|lua|php|tsx|ts-node)$/;
const SHELL = /^(?:bash|sh|dash|zsh|ksh)$/;
/** Modules of Python that start a program, and as what. */
const MODULES: Readonly<Record<string, string>> = {
  "torch.distributed.run": "torchrun",
  "torch.distributed.launch": "torchrun",
  "accelerate.commands.launch": "accelerate launch",
  "deepspeed.launcher.runner": "deepspeed",
  "horovod.runner": "horovodrun",
};
const LAUNCHERS = /^(?:torchrun|deepspeed|horovodrun|accelerate launch)$/;
const QUEUES = /^(?:srun|mpirun|mpiexec|orterun)$/;
/** Levels of one starting another. */
const DEEPEST = 12;

/**
 * Never throws. `secrets`: names that stand as `${NAME}` in place of what was masked, and are no variables of a script.
 */
export function launched(command: readonly string[], secrets: readonly string[] = []): Launched {
  const found: Launched = { invocations: [], conditional: [], unknown: [] };
  peel(command, { folder: "", depth: 0, found, secrets });
  if (found.conditional.length > 0) found.unknown.push(CONDITIONAL);
  return found;
}

interface Place {
  folder: string;
  depth: number;
  found: Launched;
  secrets: readonly string[];
}

function peel(command: readonly string[], { folder, depth, found, secrets }: Place): void {
  const [first = "", second = ""] = command;
  const name = baseName(first);
  if (name === "" || depth > DEEPEST || UTILITIES.test(name)) return;
  const next = { folder, depth: depth + 1, found, secrets };
  const rest = command.slice(1);
  if (name === "env") return peelEnv(rest, next);
  if (Object.hasOwn(WRAPPERS, name)) return peel(afterOptions(rest, name).slice(WRAPPERS[name]), next);
  if (Object.hasOwn(RUNNERS, name) && RUNNERS[name]?.includes(second))
    return peelRunner(`${name} ${second}`, command.slice(2), next);
  if (PYTHON.test(name)) return peelPython(rest, next);
  if (SHELL.test(name) && scriptOption(rest) >= 0) return peelShell(rest.slice(scriptOption(rest) + 1), next);
  if (SCRIPTED.test(name)) return addScript(afterOptions(rest, name), next);
  if (LAUNCHERS.test(name)) return peelLauncher(name, rest, next);
  if (QUEUES.test(name)) return peel(afterOptions(rest, name === "srun" ? "srun" : "mpirun"), next);
  if (/^(?:g|bsd)?make$/.test(name))
    return void found.invocations.push({
      program: first,
      args: afterValues(rest, "make"),
      folder,
      assignmentsOnly: true,
    });
  if (/^(?:npm|pnpm|yarn)$/.test(name))
    return void found.invocations.push({
      program: first,
      args: rest.includes("--") ? rest.slice(rest.indexOf("--") + 1) : [],
      folder,
      assignmentsOnly: false,
    });
  const inner =
    first.includes("/") || isScript(name)
      ? -1
      : rest.findIndex((word) => isScript(word) || PYTHON.test(baseName(word)) || LAUNCHERS.test(baseName(word)));
  if (inner >= 0) return peel(rest.slice(inner), next);
  found.invocations.push({ program: first, args: rest, folder, assignmentsOnly: false });
}

/**
 * A program that starts with a script of Python is told by its name, whatever starts it (`ray job submit -- python
 * train.py`).
 */
function isScript(word: string): boolean {
  return /^[^-].*\.pyw?$/.test(word);
}

const CONDITIONAL =
  "the script starts a program only under a condition (if, case or '||'): whether it ran is not known, and " +
  "what it is given was not taken for settings";

/** The commands of a shell's script that start a script of some language: what others are told is no setting. */
export function launchedBy(script: string): Launched {
  const found: Launched = { invocations: [], conditional: [], unknown: [] };
  peelScript(script, { folder: "", depth: 1, found, secrets: [] });
  const isProgram = ({ program, assignmentsOnly }: Invocation): boolean =>
    !assignmentsOnly && (program.startsWith("-m ") || /\.(?:pyw?|R|jl|m?js|ts|rb|lua)$/.test(program));
  const conditional = found.conditional.filter(isProgram);
  return {
    invocations: found.invocations.filter(isProgram),
    conditional,
    unknown: conditional.length > 0 ? [CONDITIONAL] : [],
  };
}

function baseName(word: string): string {
  return word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1).replace(/\.exe$/i, "");
}

/** What follows the options of a program that starts another. */
function afterOptions(rest: readonly string[], of: string): readonly string[] {
  const values = VALUE_OPTIONS[of] ?? [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === "--") return rest.slice(at + 1);
    if (!word.startsWith("-") || word === "-") return rest.slice(at);
    if (values.includes(word)) at++;
  }
  return [];
}

/** All words but the program's own options and their values. */
function afterValues(rest: readonly string[], of: string): readonly string[] {
  return rest.filter(
    (word, at) => !word.startsWith("-") && !(VALUE_OPTIONS[of] as readonly string[]).includes(rest[at - 1] ?? ""),
  );
}

function peelEnv(rest: readonly string[], place: Place): void {
  const at = rest.findIndex((word) => /^(?:-S|--split-string)/.test(word));
  if (at >= 0)
    return peelScript(
      [
        (rest[at] as string).replace(/^(?:-S|--split-string=?)/, ""),
        ...rest.slice(at + 1).map((word) => `'${word.replaceAll("'", "'\\''")}'`),
      ].join(" "),
      place,
    );
  const chdir = rest.findIndex((word) => word === "-C" || word === "--chdir");
  const words = afterOptions(rest, "env");
  const start = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  if (start >= 0)
    peel(
      words.slice(start),
      chdir >= 0 && chdir < rest.length - words.length
        ? { ...place, folder: joined(place.folder, rest[chdir + 1] ?? "") }
        : place,
    );
}

function peelRunner(name: string, rest: readonly string[], place: Place): void {
  if (name === "accelerate launch") return peelLauncher(name, rest, place);
  const of = /^(?:mamba|micromamba) /.test(name) ? "conda run" : name.startsWith("dotenv") ? "dotenv" : name;
  const inner = afterOptions(rest, of);
  const own = rest.slice(0, rest.length - inner.length);
  const moved = own.findIndex((word) => word === "--directory" || word === "--cwd");
  const at = moved >= 0 ? { ...place, folder: joined(place.folder, own[moved + 1] ?? "") } : place;
  // `uv run -m MODULE` and `uv run FILE.py` start Python themselves.
  if (name === "uv run" && own.some((word) => word === "-m" || word === "--module"))
    return peelPython(["-m", ...inner], at);
  if (name === "uv run" && /\.pyw?$/.test(inner[0] ?? "")) return peelPython(inner, at);
  peel(name === "hatch run" ? [(inner[0] ?? "").replace(/^[\w.-]+:/, ""), ...inner.slice(1)] : inner, at);
}

function peelPython(rest: readonly string[], place: Place): void {
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === "-c" || /^-[bBdEhiIOqsSuvx]*c$/.test(word))
      return void place.found.invocations.push({
        program: "",
        args: rest.slice(at + 2),
        folder: place.folder,
        assignmentsOnly: false,
      });
    const module = /^-[bBdEiIOqsSuvx]*m(.*)$/.exec(word);
    if (module) {
      const name = module[1] || (rest[at + 1] ?? "");
      const args = rest.slice(at + (module[1] ? 1 : 2));
      if (Object.hasOwn(MODULES, name)) return peelLauncher(MODULES[name] as string, args, place);
      return addProgram(`-m ${name}`, args, place);
    }
    if (!word.startsWith("-") || word === "-") return addScript(rest.slice(at), place);
    if ((VALUE_OPTIONS["python"] as readonly string[]).includes(word)) at++;
  }
}

function peelLauncher(name: string, rest: readonly string[], place: Place): void {
  const values = VALUE_OPTIONS[name] ?? [];
  const at = rest.findIndex((word, index) => !word.startsWith("-") && !values.includes(rest[index - 1] ?? ""));
  if (at < 0) return;
  const own = rest.slice(0, at);
  if (own.some((word) => word === "-m" || word === "--module"))
    return addProgram(`-m ${rest[at]}`, rest.slice(at + 1), place);
  if (own.some((word) => /^--no[-_]python$/.test(word))) return peel(rest.slice(at), place);
  addScript(rest.slice(at), place);
}

function addScript([program = "", ...args]: readonly string[], place: Place): void {
  if (program !== "") addProgram(program, args, place);
}

function addProgram(program: string, args: readonly string[], { folder, found }: Place): void {
  found.invocations.push({ program, args, folder, assignmentsOnly: false });
}

/** Where the `-c` of a shell stands, options in one word included (`-lc`); -1 where a file is run. */
function scriptOption(rest: readonly string[]): number {
  const at = rest.findIndex(
    (word, index) => (!/^[-+]/.test(word) && !/^[-+][oO]$/.test(rest[index - 1] ?? "")) || /^-[a-zA-Z]*c$/.test(word),
  );
  return at >= 0 && /^-[a-zA-Z]*c$/.test(rest[at] as string) ? at : -1;
}

/** What stands behind `-c`: more options, the script, and its own words. */
function peelShell(rest: readonly string[], place: Place): void {
  const at = rest.findIndex((word, index) => !/^[-+]/.test(word) && !/^[-+][oO]$/.test(rest[index - 1] ?? ""));
  if (at >= 0) peelScript(rest[at] as string, place, rest.slice(at + 1));
}

/** Commands of a shell, and programs around a training: what these are told is no setting. */
const UTILITIES =
  /^(?:source|\.|:|\[|export|set|unset|echo|printf|mkdir|rm|cp|mv|ln|touch|true|false|exit|trap|ulimit|umask|module|test|sleep|cat|wait|date|ls|pwd|eval|head|tail|grep|sed|awk|cut|sort|uniq|wc|tr|tee|find|xargs|dd|cmp|diff|chmod|chown|seq|curl|wget|tar|gzip|gunzip|zip|unzip|git|mvgit|pip|pip3|uname|hostname|which|basename|dirname|readlink|realpath|mktemp|nvidia-smi|kill|ps|b3sum|sha256sum|md5sum)$/;

function peelScript(text: string, place: Place, given: readonly string[] = []): void {
  const script: Script = readScript(text, place.secrets, given);
  if (script.unread !== null) place.found.unknown.push(script.unread);
  let { folder } = place;
  for (const command of script.commands) {
    const start = command.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    const [name = "", to = ""] = start < 0 ? [] : command.slice(start);
    const found = script.conditional.has(command)
      ? { ...place.found, invocations: place.found.conditional }
      : place.found;
    if (name === "cd") folder = joined(folder, to);
    else if (name === "exec" || name === "command") peel(command.slice(start + 1), { ...place, folder, found });
    else if (start >= 0 && !(name === "conda" && to !== "run")) peel(command.slice(start), { ...place, folder, found });
  }
}

function joined(folder: string, to: string): string {
  return to.startsWith("/") || folder === "" ? to : `${folder}/${to}`;
}
