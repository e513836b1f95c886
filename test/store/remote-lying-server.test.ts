/** A remote keeps the contract of a blob store on a server that keeps other bytes than it was sent. */
import { describeStore } from "../conformance/store-suite.ts";
import { gcsStore } from "../support/gcs-store.ts";

describeStore("a remote on a server that lies", () =>
  gcsStore("leftover", "keeps-part", "keeps-other", "says-present", "repeats"),
);
