import { local } from "@coatcheck/storage-local";

// Puts one object: a process that starts after others were killed.
await local({ path: process.argv[2]! }).put("after", new TextEncoder().encode("v"));
