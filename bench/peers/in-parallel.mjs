/** Calls `work` for each item, so many at once; answers in order. */
export async function inParallel(width, items, work) {
  const answers = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) answers[at] = await work(items[at]);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return answers;
}
