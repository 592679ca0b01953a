//! `zkperf to-json`: a profile in its documented text form.

use crate::cli::ToJsonArgs;
use crate::files;
use anyhow::Result;
use zkperf_profile::Profile;

/// Runs the command.
///
/// # Errors
/// A profile that cannot be read.
pub fn run(args: &ToJsonArgs) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    match &args.out {
        Some(path) => files::write(path, profile.to_json().as_bytes()),
        None => {
            let stdout = std::io::stdout().lock();
            Ok(profile.write_json(std::io::BufWriter::new(stdout))?)
        }
    }
}
