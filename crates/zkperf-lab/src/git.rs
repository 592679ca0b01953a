//! Git, by its command line: the few things that the lab asks of it.

mod versions;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository, seen from one of its working trees.
#[derive(Debug, Clone)]
pub struct Repo {
    root: PathBuf,
    common: PathBuf,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Mode and kind, as `100644 blob`.
    pub mode: String,
    /// Object id.
    pub object: String,
    /// Path from the root, with `/`.
    pub path: String,
}

/// What git did not do.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("cannot run git: {0}; install it, or put it on the PATH")]
    Start(std::io::Error),
    /// Not in a repository.
    #[error("{} is in no git working tree; run `git init` first, or go to one", .0.display())]
    NoRepository(PathBuf),
    /// It refused.
    #[error("git {what} failed: {message}")]
    Failed {
        /// What was asked for.
        what: String,
        /// What it said.
        message: String,
    },
    /// It said something that is no text.
    #[error("git {what} named a path that is not UTF-8; rename it")]
    NotText {
        /// What was asked for.
        what: String,
    },
    /// A reference is not where it was.
    #[error("{reference} moved to {found} while it was being written; run the command again")]
    Moved {
        /// The reference.
        reference: String,
        /// Where it is now.
        found: String,
    },
}

type Result<T> = std::result::Result<T, GitError>;

impl Repo {
    /// The repository of the working tree that holds `folder`.
    ///
    /// # Errors
    /// There is none, or no git.
    pub fn find(folder: &Path) -> Result<Repo> {
        let at = |what: &str| -> Result<PathBuf> {
            let answer = run(folder, ["rev-parse", "--path-format=absolute", what], None);
            let bytes = answer.map_err(|error| match error {
                GitError::Failed { .. } => GitError::NoRepository(folder.to_owned()),
                other => other,
            })?;
            Ok(PathBuf::from(text(what, bytes)?.trim_end_matches('\n')))
        };
        Ok(Repo {
            root: at("--show-toplevel")?,
            common: at("--git-common-dir")?,
        })
    }

    /// The working tree's root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that all working trees of the repository share.
    pub fn common(&self) -> &Path {
        &self.common
    }

    fn bytes<const N: usize>(&self, args: [&str; N]) -> Result<Vec<u8>> {
        run(&self.root, args, None)
    }

    fn line<const N: usize>(&self, args: [&str; N]) -> Result<String> {
        let answer = text(args[0], self.bytes(args)?)?;
        Ok(answer.trim_end_matches('\n').to_owned())
    }

    /// The branch that is checked out; `None` if HEAD is detached.
    ///
    /// # Errors
    /// As git.
    pub fn branch(&self) -> Result<Option<String>> {
        match self.line(["symbolic-ref", "--quiet", "--short", "HEAD"]) {
            Ok(branch) => Ok(Some(branch)),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commit that a revision names; `None` if it names none.
    ///
    /// # Errors
    /// As git.
    pub fn commit(&self, revision: &str) -> Result<Option<String>> {
        let revision = format!("{revision}^{{commit}}");
        match self.line([
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &revision,
        ]) {
            Ok(commit) => Ok(Some(commit)),
            Err(GitError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commit a branch points to; `None` if there is no such branch.
    ///
    /// # Errors
    /// As git.
    pub fn branch_commit(&self, branch: &str) -> Result<Option<String>> {
        self.commit(&reference(branch))
    }

    /// Branches whose names begin so.
    ///
    /// # Errors
    /// As git.
    pub fn branches(&self, prefix: &str) -> Result<Vec<String>> {
        let pattern = format!("refs/heads/{prefix}*");
        let all = self.line(["for-each-ref", "--format=%(refname:short)", &pattern])?;
        Ok(all.lines().map(str::to_owned).collect())
    }

    /// What keeps the working tree from being that of HEAD, untracked files included: a line a path, as `git status`
    /// prints it.
    ///
    /// # Errors
    /// As git.
    pub fn changes(&self) -> Result<Vec<String>> {
        let all = self.bytes(["status", "--porcelain=v1", "-z", "--untracked-files=all"])?;
        let mut parts = texts("status", all)?.into_iter();
        let mut changes = Vec::new();
        while let Some(change) = parts.next() {
            // A rename is followed by its old name.
            if change.starts_with('R') || change.starts_with('C') {
                parts.next();
            }
            changes.push(change);
        }
        Ok(changes)
    }

    /// Another working tree that has a branch checked out.
    ///
    /// # Errors
    /// As git.
    pub fn checked_out_elsewhere(&self, branch: &str) -> Result<Option<PathBuf>> {
        let all = self.bytes(["worktree", "list", "--porcelain", "-z"])?;
        let wanted = format!("branch {}", reference(branch));
        let mut place = PathBuf::new();
        for line in texts("worktree", all)? {
            if let Some(path) = line.strip_prefix("worktree ") {
                place = PathBuf::from(path);
            }
            if line == wanted && place != self.root {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Every file of a commit.
    ///
    /// # Errors
    /// As git.
    pub fn files(&self, commit: &str) -> Result<Vec<Entry>> {
        let all = self.bytes(["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let entry = |line: String| {
            let (about, path) = line.split_once('\t')?;
            let (mode, object) = about.rsplit_once(' ')?;
            Some(Entry {
                mode: mode.to_owned(),
                object: object.to_owned(),
                path: path.to_owned(),
            })
        };
        let all = texts("ls-tree", all)?.into_iter();
        Ok(all.filter_map(entry).collect())
    }

    /// A file of a commit; `None` if it has no such file.
    ///
    /// # Errors
    /// As git.
    pub fn file(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>> {
        let spec = format!("{commit}:{path}");
        match self.line([
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &spec,
        ]) {
            Ok(object) => self.bytes(["cat-file", "blob", &object]).map(Some),
            Err(GitError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commits before HEAD that changed a file, oldest first.
    ///
    /// # Errors
    /// As git.
    pub fn history(&self, path: &str) -> Result<Vec<String>> {
        if self.commit("HEAD")?.is_none() {
            return Ok(Vec::new());
        }
        let all = self.commits_of(path, &[])?;
        Ok(all.lines().map(str::to_owned).collect())
    }

    /// The commits of HEAD's history that changed a file, oldest first, as `git rev-list` prints them.
    fn commits_of(&self, path: &str, more: &[&str]) -> Result<String> {
        let only = literally(path);
        let order = ["rev-list", "--reverse", "--topo-order"];
        let args = order.iter().chain(more).copied();
        let args = args.chain(["HEAD", "--", &only]);
        text("rev-list", run(&self.root, args, None)?)
    }

    /// Whether git tracks a file of a folder: then a clean working tree has it as the commit does.
    ///
    /// # Errors
    /// As git.
    pub fn tracks(folder: &Path, file: &str) -> Result<bool> {
        let args = [
            "--literal-pathspecs",
            "ls-files",
            "--error-unmatch",
            "--",
            file,
        ];
        match run(folder, args, None) {
            Ok(_) => Ok(true),
            Err(GitError::Failed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Refuses a git that cannot commit, such as for want of a name.
    ///
    /// # Errors
    /// What git says of it.
    pub fn can_commit(&self) -> Result<()> {
        self.bytes(["var", "GIT_AUTHOR_IDENT"])?;
        self.bytes(["var", "GIT_COMMITTER_IDENT"]).map(drop)
    }

    /// Paths in which two commits differ.
    ///
    /// # Errors
    /// As git.
    pub fn changed(&self, from: &str, to: &str) -> Result<Vec<String>> {
        let all = self.bytes(["diff", "--name-only", "--no-renames", "-z", from, to])?;
        texts("diff", all)
    }

    /// Whether a file of the working tree is another one than HEAD's.
    ///
    /// # Errors
    /// As git.
    pub fn differs(&self, path: &str) -> Result<bool> {
        let only = literally(path);
        let all = self.bytes(["diff", "--name-only", "--no-renames", "HEAD", "--", &only])?;
        Ok(!all.is_empty())
    }

    /// Makes a branch, if it is not there.
    ///
    /// # Errors
    /// As git.
    pub fn make_branch(&self, branch: &str, commit: &str) -> Result<()> {
        if self.branch_commit(branch)?.is_some() {
            return Ok(());
        }
        self.bytes(["branch", "--no-track", branch, commit])
            .map(drop)
    }

    /// Checks a branch out, if it is not.
    ///
    /// # Errors
    /// As git.
    pub fn switch(&self, branch: &str) -> Result<()> {
        if self.branch()?.as_deref() == Some(branch) {
            return Ok(());
        }
        self.bytes(["switch", "--quiet", "--no-guess", branch])
            .map(drop)
    }

    /// Makes files in the working tree what they are in HEAD.
    ///
    /// # Errors
    /// As git.
    pub fn restore(&self, paths: &[String]) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let list = paths.join("\0");
        let args = [
            "checkout",
            "--quiet",
            "HEAD",
            "--pathspec-from-file=-",
            "--pathspec-file-nul",
        ];
        let literal = ["--literal-pathspecs"];
        run(
            &self.root,
            literal.iter().chain(&args),
            Some(list.as_bytes()),
        )
        .map(drop)
    }

    /// Commits everything in the working tree, untracked files included, on the branch that is checked out.
    ///
    /// # Errors
    /// As git.
    pub fn commit_all(&self, message: &str, time_unix: u64) -> Result<()> {
        self.bytes(["add", "--all"])?;
        let mut command = git(&self.root);
        command.args(["commit", "--quiet", "--no-verify", "--file=-"]);
        date(&mut command, time_unix);
        finish(command, "commit", Some(message.as_bytes())).map(drop)
    }

    /// The tree of a commit with some files in it replaced or added. Needs no working tree: `scratch` is a file for the
    /// index, made anew.
    ///
    /// # Errors
    /// As git.
    pub fn tree_with(
        &self,
        commit: &str,
        files: &[(String, Vec<u8>)],
        scratch: &Path,
    ) -> Result<String> {
        let _ = std::fs::remove_file(scratch);
        let index = |args: &[&str], input: Option<&[u8]>| -> Result<Vec<u8>> {
            let mut command = git(&self.root);
            command.args(args).env("GIT_INDEX_FILE", scratch);
            finish(command, args[0], input)
        };
        index(&["read-tree", commit], None)?;
        let mut list = Vec::new();
        for (path, bytes) in files {
            let object = index(&["hash-object", "-w", "--stdin"], Some(bytes))?;
            let object = text("hash-object", object)?;
            list.extend(format!("100644 {}\t{path}\0", object.trim()).into_bytes());
        }
        index(&["update-index", "-z", "--index-info"], Some(&list))?;
        let tree = text("write-tree", index(&["write-tree"], None)?)?;
        let _ = std::fs::remove_file(scratch);
        Ok(tree.trim().to_owned())
    }

    /// Makes a commit with the person that git is configured with, at a stated time: the same arguments give the same
    /// commit.
    ///
    /// # Errors
    /// As git, such as for want of a name.
    pub fn commit_tree(
        &self,
        tree: &str,
        parents: &[&str],
        message: &str,
        time_unix: u64,
    ) -> Result<String> {
        let mut command = git(&self.root);
        command.args(["commit-tree", tree, "-F", "-"]);
        for parent in parents {
            command.args(["-p", parent]);
        }
        date(&mut command, time_unix);
        let commit = finish(command, "commit-tree", Some(message.as_bytes()))?;
        Ok(text("commit-tree", commit)?.trim().to_owned())
    }

    /// Moves a branch, if it still is where it was.
    ///
    /// # Errors
    /// [`GitError::Moved`] if it is not.
    pub fn move_branch(&self, branch: &str, to: &str, from: &str, why: &str) -> Result<()> {
        let name = reference(branch);
        let moved = self.bytes(["update-ref", "-m", why, &name, to, from]);
        match moved {
            Ok(_) => Ok(()),
            Err(error) => match self.commit(&name)? {
                Some(found) if found == from => Err(error),
                found => Err(GitError::Moved {
                    reference: branch.to_owned(),
                    found: found.unwrap_or_else(|| "nothing".to_owned()),
                }),
            },
        }
    }
}

/// A path as git takes it: from the repository's root, whatever stands in its name.
fn literally(path: &str) -> String {
    format!(":(top,literal){path}")
}

/// The full name of a branch.
fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

/// A git that sees what we see: no other repository from a hook's environment, no pager, messages in English.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "core.quotePath=false"]);
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_OBJECT_DIRECTORY",
        "GIT_COMMON_DIR",
    ] {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// The time of the commit that a command makes.
fn date(command: &mut Command, time_unix: u64) {
    let date = format!("@{time_unix} +0000");
    command.env("GIT_AUTHOR_DATE", &date);
    command.env("GIT_COMMITTER_DATE", &date);
}

fn run<S: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = S>,
    input: Option<&[u8]>,
) -> Result<Vec<u8>> {
    let mut command = git(folder);
    let args: Vec<S> = args.into_iter().collect();
    command.args(&args);
    let words = args.iter().map(|arg| arg.as_ref().to_string_lossy());
    let verb = words.clone().find(|word| !word.starts_with('-'));
    finish(command, &verb.unwrap_or_default(), input)
}

fn finish(mut command: Command, what: &str, input: Option<&[u8]>) -> Result<Vec<u8>> {
    command.stdin(match input {
        Some(_) => Stdio::piped(),
        None => Stdio::null(),
    });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::Start)?;
    let pipe = child.stdin.take();
    // Written beside the reading, so that neither side can wait for the other. A git that reads no further says why.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            if let (Some(mut pipe), Some(input)) = (pipe, input) {
                let _ = pipe.write_all(input);
            }
        });
        child.wait_with_output()
    });
    let output = output.map_err(GitError::Start)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let lines = message.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix("fatal: ")
            .or(line.strip_prefix("error: "))
            .unwrap_or(line)
    });
    Err(GitError::Failed {
        what: what.to_owned(),
        message: lines.collect::<Vec<_>>().join(" "),
    })
}

fn text(what: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| GitError::NotText {
        what: what.to_owned(),
    })
}

fn texts(what: &str, bytes: Vec<u8>) -> Result<Vec<String>> {
    let all = text(what, bytes)?;
    let parts = all.split('\0').filter(|part| !part.is_empty());
    Ok(parts.map(str::to_owned).collect())
}
