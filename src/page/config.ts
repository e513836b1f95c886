/** What the page was delivered with. */
import type { PageConfig } from "../values/page-config.ts";

const NOTHING: PageConfig = { mode: "static", title: "mvgit", written: null, token: null };

function readConfig(): PageConfig {
  const text = document.getElementById("mvgit")?.textContent;
  return text ? { ...NOTHING, ...(JSON.parse(text) as Partial<PageConfig>) } : NOTHING;
}

export const config: PageConfig = readConfig();
