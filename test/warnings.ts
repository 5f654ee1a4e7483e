const warnings: Error[] = [];

process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') warnings.push(warning);
});

/** The warnings of Node in this worker since the last call. Node warns of each deprecation once per process. */
export function takeWarnings(): Error[] {
  return warnings.splice(0);
}
