export { s3, type S3Credentials, type S3Options, s3Plugin as default } from "./plugin.ts";
