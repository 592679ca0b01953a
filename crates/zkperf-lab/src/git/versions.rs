//! Every version of a file that the history of HEAD knows.

use super::{run, text, Repo, Result};

/// A commit in the history of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// The commit.
    pub commit: String,
    /// The commits before it, of those in the history.
    pub parents: Vec<String>,
    /// The file's content; absent where the commit has no such file.
    pub object: Option<String>,
}

impl Repo {
    /// Every version of a file before HEAD, on whatever way of a merge, oldest first; HEAD's own is the last.
    ///
    /// # Errors
    /// As git.
    pub fn versions(&self, path: &str) -> Result<Vec<FileVersion>> {
        let Some(head) = self.commit("HEAD")? else {
            return Ok(Vec::new());
        };
        // With rewritten parents, no merge is left out because one side of it has the same file.
        let all = self.commits_of(path, &["--full-history", "--parents"])?;
        let mut commits: Vec<Vec<String>> = all
            .lines()
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect();
        if commits.last().and_then(|last| last.first()) != Some(&head) {
            let before = commits.last().and_then(|last| last.first()).cloned();
            commits.push([head].into_iter().chain(before).collect());
        }
        let asked: String = commits
            .iter()
            .filter_map(|commit| Some(format!("{}:{path}\n", commit.first()?)))
            .collect();
        let args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
        let answers = text("cat-file", run(&self.root, args, Some(asked.as_bytes()))?)?;
        let version = |(commit, answer): (Vec<String>, &str)| {
            let mut commit = commit.into_iter();
            Some(FileVersion {
                commit: commit.next()?,
                parents: commit.collect(),
                object: answer.strip_suffix(" blob").map(str::to_owned),
            })
        };
        let versions = commits.into_iter().zip(answers.lines());
        Ok(versions.filter_map(version).collect())
    }

    /// The content of an object.
    ///
    /// # Errors
    /// As git.
    pub fn object(&self, object: &str) -> Result<Vec<u8>> {
        self.bytes(["cat-file", "blob", object])
    }
}
