//! Commands of a repository's own (builds and inputs that zkperf.toml names), and stopping whatever runs with zkperf.

use crate::secret::Secret;
use anyhow::{bail, Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;

/// Runs a command by `sh -c` in `folder`, with `root` as `$ZKPERF_ROOT`. What it prints goes to stderr, the secret left out: stdout is for zkperf's own
/// result.
///
/// # Errors
/// It cannot be started, or ends with anything but 0. `what` says what it is for, with the key of zkperf.toml.
pub fn run(
    what: &str,
    command: &str,
    folder: &Path,
    root: &Path,
    secret: Option<&Secret>,
) -> Result<()> {
    let mut child = shell(command, folder, root, secret)
        .spawn()
        .with_context(|| format!("cannot run sh for {what} in {}", folder.display()))?;
    let _group = Group::led_by(child.id());
    let streams = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(streams.0, secret));
        scope.spawn(|| pass_on(streams.1, secret));
    });
    let status = child
        .wait()
        .with_context(|| format!("cannot wait for {what}"))?;
    if !status.success() {
        bail!(
            "{what} failed ({status}): `{}`, run in {}; its own words are above",
            without(command, secret),
            folder.display()
        );
    }
    Ok(())
}

/// As [`run`], but what it prints comes back, the secret left out, with how it ended. It sees further variables, too.
///
/// # Errors
/// It cannot be started.
pub fn output(
    what: &str,
    command: &str,
    folder: &Path,
    root: &Path,
    secret: Option<&Secret>,
    variables: &[(String, String)],
) -> Result<(ExitStatus, String)> {
    let child = shell(command, folder, root, secret)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .spawn()
        .with_context(|| format!("cannot run sh for {what} in {}", folder.display()))?;
    let _group = Group::led_by(child.id());
    let output = child
        .wait_with_output()
        .with_context(|| format!("cannot wait for {what}"))?;
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = without(&String::from_utf8_lossy(&text), secret);
    Ok((output.status, text))
}

fn shell(command: &str, folder: &Path, root: &Path, secret: Option<&Secret>) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .env("ZKPERF_ROOT", root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(secret) = secret {
        shell.env(&secret.name, &secret.value);
    }
    // A group of its own, so that all that it starts can be stopped with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell
}

/// Process groups of the commands that run.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A command that runs in a process group of its own: stopped with zkperf, for as long as this lives.
pub struct Group(u32);

impl Group {
    /// The group of this process.
    pub fn led_by(process: u32) -> Self {
        if let Ok(mut groups) = GROUPS.lock() {
            groups.push(process);
        }
        Self(process)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Ok(mut groups) = GROUPS.lock() {
            groups.retain(|group| *group != self.0);
        }
    }
}

/// Stops the commands that run, with all that they started: Ctrl-C in a terminal does not reach their groups.
pub fn stop_all() {
    let groups = GROUPS.lock().map_or(Vec::new(), |groups| groups.clone());
    for group in groups {
        // The standard library has no signals, and every system with groups has this program. One that is gone is stopped.
        let mut kill = Command::new("kill");
        kill.args(["-TERM", "--", &format!("-{group}")]);
        let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Copies lines to stderr as they come. Lines, so that the secret is found even where writes cut it in two.
fn pass_on(stream: Option<impl Read>, secret: Option<&Secret>) {
    let Some(stream) = stream else {
        return;
    };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line);
        let text = without(&text, secret);
        // Nobody is left to tell if stderr is gone.
        let _ = std::io::stderr().write_all(text.as_bytes());
        line.clear();
    }
}

/// A text without the secret.
fn without(text: &str, secret: Option<&Secret>) -> String {
    secret.map_or_else(|| text.to_owned(), |secret| secret.hide(text))
}

#[cfg(test)]
mod tests {
    use super::{output, run};
    use crate::secret::Secret;
    use std::path::Path;

    #[test]
    fn a_failure_names_the_command_and_not_the_secret() {
        let secret = Secret {
            name: "RPC_URL".into(),
            value: "http://host/KEY0123".into(),
        };
        let here = Path::new(".");
        let environment = "test \"$RPC_URL\" = http://host/KEY0123";
        run("a test", environment, here, here, Some(&secret)).expect("it sees the variable");
        let failed = run(
            "a test",
            "echo \"$RPC_URL\"; exit 7",
            here,
            here,
            Some(&secret),
        );
        let text = format!("{:#}", failed.expect_err("it fails"));
        assert!(text.contains("exit 7") && text.contains('7'), "{text}");
        assert!(!text.contains("KEY0123"), "{text}");
        let failing = "echo \"at $RPC_URL\" >&2; exit 7";
        let (status, text) =
            output("a test", failing, here, here, Some(&secret), &[]).expect("it ran");
        assert_eq!((status.code(), text.as_str()), (Some(7), "at $RPC_URL\n"));
    }
}
