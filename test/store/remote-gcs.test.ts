/** A remote on Google Cloud Storage keeps the contract of a blob store. */
import { describeStore } from "../conformance/store-suite.ts";
import { gcsStore } from "../support/gcs-store.ts";

describeStore("a remote on Google Cloud Storage", () => gcsStore());
