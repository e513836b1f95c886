/** What texts say of Azure Blob Storage. */
import type { ServiceWords } from "../../cloud/failures.ts";

export const WORDS: ServiceWords = {
  vendor: "Azure",
  signIn: "sign in with 'az login', or set AZURE_STORAGE_CONNECTION_STRING",
  makeBucket: "az storage container create",
};
