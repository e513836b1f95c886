/** What texts say of S3, at Amazon and elsewhere. */
import type { ServiceWords } from "../../cloud/failures.ts";

export const WORDS: ServiceWords = {
  vendor: "the storage service",
  signIn:
    "sign in with 'aws configure' or 'aws sso login', or put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  makeBucket: "aws s3 mb",
};
