use super::*;

const CALLS: u64 = 80_000;

/// As many calls as a client can have, with deadlines in an order that `place` says.
fn calls(place: impl Fn(u64) -> u64) -> (Client<Tracked>, Vec<Ticket>) {
    let mut client = up::<Tracked>();
    let at = |n| client.now + Duration::from_micros(place(n));
    let deadlines: Vec<_> = (0..CALLS).map(at).collect();
    let call = |at| client.session.call(Request::Get(0), Some(at));
    let tickets = deadlines.into_iter().map(call).collect();
    client.go();
    (client, tickets)
}

const ORDERS: [fn(u64) -> u64; 4] = [
    |_| 5,
    |n| n,
    |n| CALLS - n,
    // Each once: the factor shares no divisor with the number of calls.
    |n| n * 7919 % CALLS,
];

#[test]
fn deadlines_pass_one_by_one_in_their_order() {
    for place in ORDERS {
        let mut client = up::<Tracked>();
        let start = client.now;
        let at = |n: u64| start + Duration::from_micros(place(n * 800) / 800 * 800);
        let mut open: Vec<_> =
            (0..100).map(|n| (at(n), client.session.call(Request::Get(n), Some(at(n))))).collect();
        while let Some(next) = client.session.poll_timeout() {
            assert_eq!(Some(next), open.iter().map(|&(at, _)| at).min());
            client.now = next;
            client.session.handle_timeout(next);
            let (due, rest) = open.into_iter().partition::<Vec<_>, _>(|&(at, _)| at <= next);
            assert_eq!(client.outputs().len(), due.len());
            for (_, ticket) in due {
                assert!(matches!(client.error(ticket), CallError::Timeout { .. }));
            }
            open = rest;
        }
        assert!(open.is_empty());
        client.assert_idle_but_owed();
    }
}

#[test]
fn many_calls_time_out_at_once() {
    for place in ORDERS {
        let (mut client, tickets) = calls(place);
        client.after(Duration::from_secs(1));
        for ticket in tickets {
            assert!(matches!(client.error(ticket), CallError::Timeout { .. }));
        }
        client.assert_idle_but_owed();
    }
}

#[test]
fn many_calls_time_out_at_a_time_each() {
    let (mut client, tickets) = calls(ORDERS[3]);
    for _ in 0..CALLS {
        client.after(Duration::from_micros(1));
    }
    assert_eq!(client.outputs().len(), tickets.len());
    tickets.into_iter().for_each(|ticket| _ = client.error(ticket));
    client.assert_idle_but_owed();
}

#[test]
fn many_calls_are_abandoned_in_any_order() {
    for place in ORDERS {
        let (mut client, tickets) = calls(place);
        let order = |n: usize| tickets[n * 7919 % tickets.len()];
        (0..tickets.len()).map(order).for_each(|ticket| client.session.abandon(ticket));
        client.assert_idle_but_owed();
        let (mut client, tickets) = calls(place);
        tickets.into_iter().rev().for_each(|ticket| client.session.abandon(ticket));
        client.assert_idle_but_owed();
    }
}

#[test]
fn many_calls_are_lost_or_closed() {
    for closes in [false, true] {
        let (mut client, tickets) = calls(ORDERS[3]);
        if closes {
            client.session.close();
        } else {
            client.lose();
        }
        tickets.into_iter().for_each(|ticket| _ = client.error(ticket));
        client.assert_idle();
    }
}

#[test]
fn many_calls_go_and_are_answered() {
    let (mut client, tickets) = calls(ORDERS[3]);
    client.session.set_stopped(true);
    let mut gone = client.session.owed() as u64;
    while client.session.owed() > 0 {
        client.reply(id::GET, 0);
        gone += client.go().len() as u64;
    }
    assert_eq!(gone, CALLS);
    tickets.into_iter().for_each(|ticket| assert!(client.outcome(ticket).unwrap().is_ok()));
    client.assert_idle();
}

#[test]
fn many_readers_come_and_go() {
    let (mut client, first) = tracked::<Tracked>(8);
    let readers: Vec<_> = (0..20_000).map(|_| client.follow()).collect();
    client.added(1, 8);
    client.lose();
    client.connect();
    client.go();
    client.state(2, [4, 5]);
    client.established(12);
    for &(reader, call) in &readers {
        assert!(client.is_subscribed(call));
        assert_eq!(client.items(reader).0.len(), 7);
    }
    readers.into_iter().for_each(|(reader, _)| client.session.unsubscribe(reader));
    client.added(2, 10);
    assert_eq!(client.items(first).0.len(), 8);
}

#[test]
fn many_subscriptions_start_and_end() {
    let mut client = up::<Keyed>();
    let mut readers: Vec<_> = (0..20_000).map(|_| client.follow().0).collect();
    let mut handle = 0;
    loop {
        let gone = client.go();
        if gone.is_empty() {
            break;
        }
        for (id, _) in gone {
            handle += 1;
            client.reply(id, handle);
            client.session.events_drained();
        }
        if handle == 20_000 {
            let gone =
                readers.drain(..).map(|reader| client.session.unsubscribe_call(reader, None));
            let gone: Vec<_> = gone.collect();
            gone.into_iter().step_by(2).for_each(|call| client.session.abandon(call));
        }
    }
    let outputs = client.outputs();
    for output in outputs {
        if let Output::Completed(ticket) = output {
            client.outcome(ticket);
        }
    }
    client.assert_idle();
}

impl Client<Tracked> {
    /// As [`assert_idle`](Self::assert_idle), but for replies to calls that are over.
    fn assert_idle_but_owed(&mut self) {
        assert_eq!((self.session.queued(), self.session.stored()), (0, [0; 4]));
        while self.session.owed() > 0 {
            self.reply(id::GET, 0);
        }
        self.assert_idle();
    }
}
