//! Users in a Supabase project, through its REST endpoint.
//!
//! Each step is one call of a function of `supabase.sql`, so that the comparison with what is there happens in the
//! database.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::Sink;
use crate::row::{Session, User};

pub(crate) struct Supabase {
    agent: ureq::Agent,
    functions: String,
    key: String,
}

/// Less than the 15 seconds that Svix gives an endpoint.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Supabase {
    pub(crate) fn new(url: &str, key: &str) -> anyhow::Result<Self> {
        ensure!(url.starts_with("https://") || url.starts_with("http://"), "SUPABASE_URL is no URL");
        ensure!(!key.is_empty(), "SUPABASE_SERVICE_ROLE_KEY is empty");
        // The key goes to the given host only.
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .new_agent();
        let functions = format!("{}/rest/v1/rpc", url.trim_end_matches('/'));
        Ok(Self { agent, functions, key: key.to_owned() })
    }

    fn call(&self, function: &str, arguments: &Value) -> anyhow::Result<bool> {
        let mut answer = self
            .agent
            .post(format!("{}/{function}", self.functions))
            .header("apikey", &self.key)
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .send(arguments.to_string())
            .with_context(|| format!("calling {function}"))?;
        let body = answer.body_mut().read_to_string()?;
        if !answer.status().is_success() {
            // PostgREST says in it what is wrong: a key, a missing function, a column.
            bail!("{function} answered {}: {body}", answer.status());
        }
        serde_json::from_str(&body).with_context(|| format!("{function} did not answer with true or false"))
    }
}

impl Sink for Supabase {
    fn save_user(&self, user: &User) -> anyhow::Result<bool> {
        self.call("clerk_save_user", &json!({"profile": user}))
    }

    fn delete_user(&self, id: &str, at: i64) -> anyhow::Result<bool> {
        self.call("clerk_delete_user", &json!({"user_id": id, "at": at}))
    }

    fn save_session(&self, session: &Session) -> anyhow::Result<bool> {
        self.call("clerk_save_session", &json!({"session": session}))
    }
}
