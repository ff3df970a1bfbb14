//! The five DORA metrics: what each value means and how it is computed from deploys and lead-time rows.
