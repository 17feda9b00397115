// Opens the storage of each name that it is given, and prints its URL, or the code and the message of the error.
import { openStorage } from "@coatcheck/core";

for (const name of process.argv.slice(2)) {
  try {
    console.log((await openStorage(name)).url);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    console.log(`${code}: ${message}`);
  }
}
