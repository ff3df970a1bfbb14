//! What is kept for a moment, for many who ask the same at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// More different questions than are asked within a moment; beyond it everything is forgotten.
const MOST: usize = 64;

/// Answers by their questions, each with the time it is of.
type Answers<T> = HashMap<String, (DateTime<Utc>, Arc<T>)>;

/// Answers that may be given again for a while.
pub(crate) struct Kept<T> {
    age: TimeDelta,
    all: Mutex<Answers<T>>,
}

impl<T> Kept<T> {
    /// Answers may be this old.
    pub fn for_up_to(age: TimeDelta) -> Self {
        Self {
            age,
            all: Mutex::default(),
        }
    }

    /// The answer that is kept, or the one that is made now.
    pub async fn get<E>(
        &self,
        question: String,
        now: DateTime<Utc>,
        make: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        if let Some(answer) = self.known(&question, now) {
            return Ok(answer);
        }
        let answer = Arc::new(make.await?);
        self.keep(question, now, Arc::clone(&answer));
        Ok(answer)
    }

    fn known(&self, question: &str, now: DateTime<Utc>) -> Option<Arc<T>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = all.get(question).filter(|(at, _)| now - *at < self.age);
        answer.map(|(_, answer)| Arc::clone(answer))
    }

    fn keep(&self, question: String, now: DateTime<Utc>, answer: Arc<T>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(question, (now, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_stands_for_its_question_and_its_time() {
        let kept = Kept::for_up_to(TimeDelta::seconds(1));
        let at = |millis: i64| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(millis);
        let ask = |question: &str, millis: i64, answer: Result<i32, i32>| {
            let asked = kept.get(question.to_owned(), at(millis), async { answer });
            futures::executor::block_on(asked).map(|answer| *answer)
        };
        assert_eq!(ask("a", 0, Err(7)), Err(7), "an error is not kept");
        assert_eq!(ask("a", 0, Ok(1)), Ok(1));
        assert_eq!(ask("a", 999, Ok(2)), Ok(1));
        assert_eq!(ask("b", 999, Ok(3)), Ok(3));
        assert_eq!(ask("a", 1000, Ok(4)), Ok(4));
        for more in 0..MOST {
            ask(&format!("more {more}"), 1000, Ok(0)).unwrap();
        }
        assert!(kept.all.lock().unwrap().len() <= MOST);
    }
}
