/** One thing that `mvgit doctor` looked at. */
export interface DoctorLine {
  what: string;
  value: string;
  ok: boolean;
  /** What to do, where it is not ok. */
  advice?: string;
  /** Of a line about a remote: its name. */
  remote?: string;
}
