/** What texts say of Google Cloud Storage. */
import type { ServiceWords } from "../../cloud/failures.ts";

export const WORDS: ServiceWords = {
  vendor: "Google",
  signIn: "sign in with 'gcloud auth application-default login', or name a key file in GOOGLE_APPLICATION_CREDENTIALS",
  makeBucket: "gcloud storage buckets create",
};
