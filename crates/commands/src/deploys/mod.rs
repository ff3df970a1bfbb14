//! Deploys: whose they are, what follows from what was reported, and what people and machines say about them.

mod derive;
mod matching;
