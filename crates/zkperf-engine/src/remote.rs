//! zkperf's side: an engine in another process as a [`Zkvm`].

use crate::wire::{self, Answer, Ask, Hello, OutcomeAnswer, RunAsk, PROTOCOL};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use zkperf_exec::{
    Control, ExecError, GuestInput, LoadError, Outcome, Probe, Program, RunRequest, Zkvm,
};
use zkperf_profile::{CostModel, Profile, Run};

/// An engine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Its executable cannot be started, or its process ended or broke off.
    #[error("the engine {} does not work: {cause}", path.display())]
    Broken {
        /// The executable.
        path: PathBuf,
        /// What happened.
        cause: std::io::Error,
    },
    /// It is for another zkVM, version or protocol than its name says.
    #[error("the engine {} is for {found}, not for {wanted}; install the one of this zkperf", path.display())]
    Other {
        /// The executable.
        path: PathBuf,
        /// What it says it is.
        found: String,
        /// What was wanted.
        wanted: String,
    },
}

/// An engine executable, as a zkVM.
#[derive(Debug)]
pub struct Remote {
    path: PathBuf,
    // The trait's names live as long as the program; an engine is started a few times at most.
    name: &'static str,
    version: &'static str,
    time_unit: &'static str,
    has_segments: bool,
    cost_model: CostModel,
}

impl Remote {
    /// Starts the executable once and asks who it is.
    ///
    /// # Errors
    /// [`EngineError`] if it does not answer, or is not the engine of this zkVM and version.
    pub fn new(path: &Path, zkvm: &str, version: &str) -> Result<Self, EngineError> {
        let broken = |cause| EngineError::Broken {
            path: path.to_owned(),
            cause,
        };
        let hello = Process::start(path)
            .and_then(|mut process| process.hello())
            .map_err(broken)?;
        if (hello.protocol, hello.name.as_str(), hello.version.as_str())
            != (PROTOCOL, zkvm, version)
        {
            return Err(EngineError::Other {
                path: path.to_owned(),
                found: format!(
                    "{}@{}, protocol {}",
                    hello.name, hello.version, hello.protocol
                ),
                wanted: format!("{zkvm}@{version}, protocol {PROTOCOL}"),
            });
        }
        let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        Ok(Self {
            path: path.to_owned(),
            name: keep(hello.name),
            version: keep(hello.version),
            time_unit: keep(hello.time_unit),
            has_segments: hello.has_segments,
            cost_model: hello.cost_model,
        })
    }

    fn stats(&self, profile: &Profile) -> std::io::Result<String> {
        let file = profile.to_bytes().map_err(std::io::Error::other)?;
        let mut process = Process::start(&self.path)?;
        process.ask(&Ask::StatsText, &[&file])?;
        match process.answer()? {
            (Answer::Text, blobs) => Ok(String::from_utf8_lossy(&blobs.concat()).into_owned()),
            (other, _) => Err(unexpected(&other)),
        }
    }
}

impl Zkvm for Remote {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> &'static str {
        self.version
    }

    fn time_unit(&self) -> &'static str {
        self.time_unit
    }

    fn has_segments(&self) -> bool {
        self.has_segments
    }

    fn cost_model(&self) -> CostModel {
        self.cost_model.clone()
    }

    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError> {
        let broken = |cause: std::io::Error| {
            LoadError::Engine(format!(
                "the engine {} does not work: {cause}",
                self.path.display()
            ))
        };
        let mut process = Process::start(&self.path).map_err(broken)?;
        process.ask(&Ask::Load, &[elf]).map_err(broken)?;
        match process.answer().map_err(broken)?.0 {
            Answer::Loaded { notes } => Ok(Box::new(RemoteProgram {
                process: Mutex::new(process),
                notes,
            })),
            Answer::Refused(reason) => Err(LoadError::Engine(reason)),
            other => Err(broken(unexpected(&other))),
        }
    }

    fn stats_text(&self, profile: &Profile) -> String {
        self.stats(profile).unwrap_or_else(|error| {
            format!(
                "no report: the engine {} does not work: {error}\n",
                self.path.display()
            )
        })
    }
}

/// A guest loaded in an engine's process.
struct RemoteProgram {
    /// One run at a time: it is one pipe.
    process: Mutex<Process>,
    notes: Vec<String>,
}

impl RemoteProgram {
    /// Runs the guest; records a profile if it is given the identity of one.
    fn execute(
        &self,
        input: &GuestInput,
        identity: Option<(Run, Vec<Probe>)>,
        control: &mut Control,
    ) -> Result<Outcome, ExecError> {
        let broken =
            |cause: std::io::Error| ExecError::Internal(format!("the engine broke off: {cause}"));
        // whoever panicked left the pipe in the middle of an answer
        let poisoned = |_| ExecError::Internal("an earlier run broke off in the engine".to_owned());
        let mut process = self.process.lock().map_err(poisoned)?;
        let GuestInput {
            buffers,
            stdin,
            args,
            env,
        } = input;
        let profile = identity.is_some();
        let (run, probes) = identity.unwrap_or_default();
        let ask = Ask::Run(Box::new(RunAsk {
            profile,
            max_steps: control.max_steps,
            segment_po2: control.segment_po2,
            chunk_entries: control.chunk_entries,
            shard_limits: control
                .shard_limits
                .map(|limits| [limits.area, limits.height, limits.entries]),
            has_stdin: stdin.is_some(),
            args: args.clone(),
            env: env.clone(),
            run,
            probes,
        }));
        let blobs: Vec<&[u8]> = buffers.iter().chain(stdin).map(Vec::as_slice).collect();
        process.ask(&ask, &blobs).map_err(broken)?;
        let mut cancelled = false;
        loop {
            let (answer, blobs) = process.answer().map_err(broken)?;
            match answer {
                // The engine itself keeps to the limit; only the wish to stop has to be passed on.
                Answer::Progress(steps) => {
                    let stop = control.poll(steps).is_err();
                    if stop && !std::mem::replace(&mut cancelled, stop) {
                        process.ask(&Ask::Cancel, &[]).map_err(broken)?;
                    }
                }
                Answer::Print => blobs.iter().for_each(|bytes| control.print(bytes)),
                Answer::Outcome(answer) => return outcome(answer, blobs),
                Answer::Failed(error) => return Err(error),
                other => return Err(broken(unexpected(&other))),
            }
        }
    }
}

fn outcome(answer: OutcomeAnswer, blobs: Vec<Vec<u8>>) -> Result<Outcome, ExecError> {
    let mut blobs = blobs.into_iter();
    let output = blobs.next().unwrap_or_default();
    let profile = blobs.next().map(|file| Profile::from_bytes(&file));
    Ok(Outcome {
        output,
        steps: answer.steps,
        touched_bytes: answer.touched_bytes,
        loader_peak_bytes: answer.loader_peak_bytes,
        fault: answer.fault,
        profile: profile
            .transpose()
            .map_err(|error| ExecError::Internal(format!("the engine's profile: {error}")))?,
    })
}

impl Program for RemoteProgram {
    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        self.execute(input, None, control)
    }

    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError> {
        self.execute(&request.input, Some((request.run, request.probes)), control)
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// An engine's process. It ends when this is dropped.
struct Process {
    child: Child,
    to: Option<BufWriter<ChildStdin>>,
    from: BufReader<ChildStdout>,
}

impl Process {
    fn start(path: &Path) -> std::io::Result<Self> {
        let mut command = Command::new(path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C on a terminal goes to zkperf alone, which asks the engine to stop and keeps what it has.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self {
            child,
            to: Some(BufWriter::new(to)),
            from: BufReader::new(from),
        })
    }

    fn hello(&mut self) -> std::io::Result<Hello> {
        self.ask(&Ask::Hello, &[])?;
        match self.answer()?.0 {
            Answer::Hello(hello) => Ok(hello),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&mut self, ask: &Ask, blobs: &[&[u8]]) -> std::io::Result<()> {
        let to = self.to.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        wire::send(to, ask, blobs)
    }

    fn answer(&mut self) -> std::io::Result<(Answer, Vec<Vec<u8>>)> {
        wire::receive(&mut self.from)?.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its stdin ends an engine; one that hangs is not waited for.
        self.to = None;
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn unexpected(answer: &Answer) -> std::io::Error {
    std::io::Error::other(format!("an answer to something else: {answer:?}"))
}
