//! What a person sees while work goes on: a line that moves on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a long stage says how far it is where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
/// The same on a terminal.
const OFTEN: Duration = Duration::from_millis(200);

/// Stages of long work and the time each took.
pub struct Progress {
    bar: Option<ProgressBar>,
    /// Nobody listens.
    silent: bool,
    began: Instant,
    stages: Mutex<Stages>,
}

#[derive(Default)]
struct Stages {
    ended: Vec<(String, f64)>,
    current: Option<Stage>,
}

struct Stage {
    name: String,
    since: Instant,
    told: Instant,
}

impl Default for Progress {
    fn default() -> Progress {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}")
                .unwrap_or(ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress {
            bar,
            silent: false,
            began: Instant::now(),
            stages: Mutex::default(),
        }
    }
}

impl Progress {
    /// Counts time, and says nothing.
    pub fn silent() -> Progress {
        Progress {
            bar: None,
            silent: true,
            began: Instant::now(),
            stages: Mutex::default(),
        }
    }

    /// Begins a stage; the one before it ends.
    pub fn stage(&self, name: &str) {
        self.end_stage();
        self.tell(name);
        let now = Instant::now();
        self.lock().current = Some(Stage {
            name: name.to_owned(),
            since: now,
            told: now,
        });
    }

    /// Says how far the stage is: `done` of `total` of some unit. Cheap enough to be called often.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more")]
    pub fn at(&self, done: u64, total: u64, unit: &str) {
        let mut stages = self.lock();
        let Some(stage) = &mut stages.current else {
            return;
        };
        let pause = if self.bar.is_some() { OFTEN } else { EVERY };
        if stage.told.elapsed() < pause || done == 0 {
            return;
        }
        stage.told = Instant::now();
        let rate = done as f64 / stage.since.elapsed().as_secs_f64().max(1e-3);
        let left = total.saturating_sub(done) as f64 / rate;
        let share = 100.0 * done as f64 / total.max(1) as f64;
        let line = format!(
            "{}: {share:.0} %, {rate:.0} {unit}/s, {left:.0} s left",
            stage.name
        );
        drop(stages);
        self.tell(&line);
    }

    fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(line.to_owned()),
            None if self.silent => {}
            // A lost line of progress is no reason to stop.
            None => writeln!(
                stderr(),
                "{:7.1} s  {line}",
                self.began.elapsed().as_secs_f64()
            )
            .unwrap_or_default(),
        }
    }

    /// Ends the last stage; returns all of them with their seconds, and the whole time.
    pub fn finish(self) -> (Vec<(String, f64)>, f64) {
        self.end_stage();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let ended = std::mem::take(&mut self.lock().ended);
        (ended, self.began.elapsed().as_secs_f64())
    }

    fn end_stage(&self) {
        let mut stages = self.lock();
        if let Some(stage) = stages.current.take() {
            let seconds = stage.since.elapsed().as_secs_f64();
            stages.ended.push((stage.name, seconds));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stages> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
