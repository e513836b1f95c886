/** The page of `mvgit ui`, as it starts in the browser. */
import { render } from "preact";
import { App } from "./app.tsx";
import { applyScheme } from "./frame/scheme.tsx";

applyScheme();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
