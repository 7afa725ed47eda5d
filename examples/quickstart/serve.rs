//! The app that stays up: one route for each provider, under its name.

use std::error::Error;

use axum::Router;
use tokio::net::TcpListener;
use webhook_axum::webhook_verify::providers::{self, ProviderVisitor};
use webhook_axum::webhook_verify::{ConfigError, Provider};
use webhook_axum::{Receiver, Secret};

use crate::route;

/// Where nothing else is configured: the example of Svix's documentation, which protects nothing. Every provider
/// takes it.
const EXAMPLE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Serves on this port of the loopback address, a free one for 0, until the process is ended.
pub(crate) async fn run(port: &str) -> Result<bool, Box<dyn Error>> {
    let port: u16 = port.parse().map_err(|_| "the port must be a number up to 65535")?;
    let mut app = Router::new();
    let mut routes = Vec::new();
    for name in providers::NAMES {
        let Some(served) = providers::visit(name, Served) else { continue };
        let (router, secret) = served?;
        app = app.merge(router);
        routes.push(format!("  POST /{name:<18} {secret}"));
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}"))?;
    println!("listening on http://{}\n{}\n", listener.local_addr()?, routes.join("\n"));
    axum::serve(listener, app).await?;
    Ok(true)
}

/// A provider's route, and where its secret is from: the environment, or the example.
struct Served;

impl ProviderVisitor for Served {
    type Output = Result<(Router, String), ConfigError>;

    fn visit<P: Provider>(self) -> Self::Output {
        let (receiver, secret) = match Receiver::<P>::from_env() {
            Ok(receiver) => (receiver, "secret from the environment".to_owned()),
            Err(ConfigError::MissingVariable { names }) => {
                let instead = names.join(" or ");
                (Receiver::new(Secret::new(EXAMPLE)?)?, format!("secret {EXAMPLE}, or set {instead}"))
            }
            Err(error) => return Err(error),
        };
        Ok((route(&format!("/{}", P::NAME), receiver), secret))
    }
}
