/**
 * Writes text to a stream of the process as `console` does: where nobody reads it any more (a closed pipe, a terminal that
 * is gone), the text is lost, and the program goes on. Such an error would end it if nobody listened.
 */
export function quietWriter(stream: NodeJS.WriteStream): (text: string, write?: Write) => void {
  let underWay = 0;
  const end = (): void => {
    if (--underWay === 0) stream.off("error", ignore);
  };
  return (text, write: Write = stream.write) => {
    if (underWay++ === 0) stream.on("error", ignore);
    // The event of an error comes right after the callback.
    write.call(stream, text, (error) => void (error ? setImmediate(end) : end()));
  };
}

type Write = (this: NodeJS.WriteStream, text: string, done: (error?: Error | null) => void) => boolean;

const ignore = (): void => {};
