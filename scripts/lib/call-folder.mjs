/**
 * Where the user stands: npm runs the scripts of a package in the folder of the package, and paths that are typed start where npm was called.
 * `script` is the name of our own script; another one of npm may have started it.
 */
export function callFolder(script, env = process.env, cwd = process.cwd()) {
  return (env.npm_lifecycle_event === script ? env.INIT_CWD : undefined) ?? cwd;
}
