/** Every benchmark by name. */
export const benchmarks: Readonly<
  Record<
    string,
    {
      readonly path: string;
      readonly args?: readonly string[];
      readonly flags?: readonly string[];
      readonly build?: boolean;
      readonly named?: boolean;
    }
  >
>;
