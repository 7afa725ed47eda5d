//! What this program is when it is started as one of the servers.

use std::io::Read;
use std::net::Ipv4Addr;
use std::thread;

use actix_web::{App, HttpServer};
use tokio::net::TcpListener;

use crate::{on_actix, on_axum};

/// Serves with one worker until the input ends, after printing the port.
pub fn axum(handler: &str) {
    end_with_input();
    let router = on_axum::router(handler);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        println!("{}", listener.local_addr().expect("its own address").port());
        axum::serve(listener, router).await.expect("it serves");
    });
}

/// The same on actix.
pub fn actix(handler: String) {
    end_with_input();
    actix_web::rt::System::new().block_on(async {
        let app = move || App::new().configure(|app| on_actix::configure(&handler, app));
        let server = HttpServer::new(app).workers(1).bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        println!("{}", server.addrs()[0].port());
        server.run().await.expect("it serves");
    });
}

fn end_with_input() {
    thread::spawn(|| {
        // An error is an end, too.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}
