/** What the page says of itself: that it stands still, or cannot hear its server. */
import { useEffect, useState } from "preact/hooks";
import { config } from "../config.ts";
import { onChange } from "../live.ts";
import { When } from "../parts/when.tsx";

export function Connection() {
  const [isCut, set] = useState(false);
  useEffect(() => onChange("connection", (told) => set((told as { isCut: boolean }).isCut)), []);
  return (
    <div role="status" class="connection">
      {isCut && (
        <p>
          The server of this page does not answer. What is shown is as it was; the page goes on by itself as soon as
          'mvgit ui' runs again at this address.
        </p>
      )}
    </div>
  );
}

export function Foot() {
  return (
    <footer class="frame-foot">
      {config.mode === "live" ? (
        "Read from the repository as it is now."
      ) : (
        <>
          Static pages
          {config.written !== null && (
            <>
              , written on <When time={config.written} />
            </>
          )}
          . They show the repository as it was then.
        </>
      )}
    </footer>
  );
}
