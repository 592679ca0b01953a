//! Progress on a terminal; silence when piped.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};
use zkperf_exec::{Control, Progress};

/// All spinners: several guests may run at a time.
static ALL: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Writes to stderr what a guest prints, above whatever spins there.
pub fn beside_spinners(bytes: &[u8]) {
    ALL.suspend(|| {
        let _ = std::io::stderr().write_all(bytes);
    });
}

/// Shown while something runs whose length is not known.
pub struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// A spinner with a message; hidden if `quiet` or not on a terminal.
    pub fn new(quiet: bool, message: impl Into<String>) -> Self {
        let message = message.into();
        doing(&message);
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ALL.add(ProgressBar::new_spinner())
        };
        bar.set_style(style("{spinner} {msg}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        bar.set_message(message);
        Self { bar }
    }

    /// Another message.
    pub fn say(&self, message: impl Into<String>) {
        let message = message.into();
        doing(&message);
        self.bar.set_message(message);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        doing("");
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Set by Ctrl-C while a guest runs.
static CANCEL: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Guests that are running, or whose results are being written.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// What is being done where no guest runs, as the spinner says it.
static DOING: Mutex<String> = Mutex::new(String::new());

/// While it lives, Ctrl-C stops the guest and keeps what is known of it.
pub struct Running;

impl Running {
    /// From now on.
    pub fn begin() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Has Ctrl-C end the process with an error that says during what, or stop the guest that runs; the second
/// Ctrl-C ends the process at once.
pub fn handle_interrupts() {
    // A process that already handles signals some other way keeps its own handler.
    let _ = ctrlc::set_handler(|| {
        // First the flags: whoever waits for a command is to see why it ended.
        let again = CANCEL.swap(true, Ordering::SeqCst);
        ENDING.store(RUNNING.load(Ordering::SeqCst) == 0, Ordering::SeqCst);
        crate::own_command::stop_all();
        if RUNNING.load(Ordering::SeqCst) > 0 {
            if again {
                std::process::exit(130);
            }
            return;
        }
        let doing = DOING.lock().map_or(String::new(), |doing| doing.clone());
        let clear = if std::io::stderr().is_terminal() {
            "\r\x1b[K"
        } else {
            ""
        };
        match doing.as_str() {
            "" => eprintln!("{clear}error: interrupted"),
            doing => eprintln!("{clear}error: interrupted ({doing})"),
        }
        std::process::exit(1);
    });
}

/// Whether Ctrl-C is about to end the process.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Waits for the end of the process, if Ctrl-C is about to bring it.
pub fn wait_if_ending() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// What Ctrl-C sets while a guest runs.
pub fn cancel_flag() -> Arc<AtomicBool> {
    CANCEL.clone()
}

/// Whether Ctrl-C stopped a guest.
pub fn interrupted() -> bool {
    CANCEL.load(Ordering::SeqCst)
}

fn doing(what: &str) {
    if let Ok(mut doing) = DOING.lock() {
        what.clone_into(&mut doing);
    }
}

/// A run's control: limit, Ctrl-C, progress with rate, guest stdout to our stderr.
pub fn control(
    quiet: bool,
    max_steps: Option<u64>,
    what: String,
    unit: &'static str,
) -> Control<'static> {
    let spinner = Spinner::new(quiet, what.clone());
    let begun = Instant::now();
    let mut control = Control {
        cancel: CANCEL.clone(),
        ..Control::default()
    };
    if let Some(max_steps) = max_steps {
        control.max_steps = max_steps;
    }
    let mut shown = begun;
    control.progress = Some(Box::new(move |Progress { steps }| {
        if shown.elapsed() < Duration::from_millis(100) {
            return;
        }
        shown = Instant::now();
        let rate = steps as f64 / begun.elapsed().as_secs_f64();
        spinner.say(format!(
            "{what}: {:.0} M {unit}, {:.0} M/s",
            steps as f64 / 1e6,
            rate / 1e6
        ));
    }));
    control
}
