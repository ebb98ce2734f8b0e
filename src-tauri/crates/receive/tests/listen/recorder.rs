use skep_model::Nanos;
use skep_receive::{NameKind, Refusal, RefusedReason, Sink, Submission};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Keeps what it is given, and answers as it is told.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<State>);

struct State {
    submissions: Mutex<Vec<Submission>>,
    refused: Mutex<Vec<RefusedReason>>,
    strangers: Mutex<Vec<(NameKind, String)>>,
    answer: Result<(), Refusal>,
    /// One permit answers one submission.
    answers: Semaphore,
    /// One permit for each submission that came.
    came: Semaphore,
}

impl Recorder {
    /// Answers everything at once.
    pub(crate) fn new(answer: Result<(), Refusal>) -> Self {
        Self::with_answers(answer, Semaphore::MAX_PERMITS)
    }

    /// Answers nothing until [`Recorder::release`].
    pub(crate) fn held() -> Self {
        Self::with_answers(Ok(()), 0)
    }

    fn with_answers(answer: Result<(), Refusal>, n_answers: usize) -> Self {
        let (submissions, refused, strangers) = Default::default();
        let (answers, came) = (Semaphore::new(n_answers), Semaphore::new(0));
        Recorder(Arc::new(State { submissions, refused, strangers, answer, answers, came }))
    }

    pub(crate) fn release(&self) {
        self.0.answers.add_permits(1);
    }

    /// Waits for one more submission.
    pub(crate) async fn submission(&self) -> Submission {
        self.0.came.acquire().await.expect("never closed").forget();
        self.submissions().pop().expect("one came")
    }

    /// What came since the last call.
    pub(crate) fn submissions(&self) -> Vec<Submission> {
        std::mem::take(&mut *self.0.submissions.lock().expect("no test panics with it"))
    }

    /// Who was refused since the last call.
    pub(crate) fn strangers(&self) -> Vec<(NameKind, String)> {
        std::mem::take(&mut *self.0.strangers.lock().expect("no test panics with it"))
    }

    /// What was refused since the last call.
    pub(crate) fn refused(&self) -> Vec<RefusedReason> {
        std::mem::take(&mut *self.0.refused.lock().expect("no test panics with it"))
    }
}

/// The time in these tests.
pub(crate) const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

impl Sink for Recorder {
    fn now(&self) -> Nanos {
        NOW
    }

    async fn submit(&self, submission: Submission) -> Result<(), Refusal> {
        self.0.submissions.lock().expect("no test panics with it").push(submission);
        self.0.came.add_permits(1);
        self.0.answers.acquire().await.expect("never closed").forget();
        self.0.answer.clone()
    }

    fn stranger(&self, kind: NameKind, name: &str) {
        self.0.strangers.lock().expect("no test panics with it").push((kind, name.to_owned()));
    }

    fn refused(&self, reason: RefusedReason) {
        self.0.refused.lock().expect("no test panics with it").push(reason);
    }
}
