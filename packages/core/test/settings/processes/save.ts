// Saves blocks of type memory under the slugs that it is given, and prints each slug once it is saved, or "taken <slug>".
import { block } from "@coatcheck/core/settings";

for (const slug of process.argv.slice(2)) {
  try {
    await block.save(slug, { name: slug.replace("/", "-") });
    console.log(`saved ${slug}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "AlreadyRegistered") throw error;
    console.log(`taken ${slug}`);
  }
}
