//! What every back end of the store must do: cases over a `Place`, run once per back end.

#![allow(clippy::unwrap_used)]

mod erasing;
mod leases;
mod ledger;
mod logs;
mod many;
mod offers;
mod outbox;
pub mod place;
mod proofs;
mod samples;
mod usage;

macro_rules! conformance {
    (on { $($backend:ident)+ } $cases:tt) => {
        $( mod $backend { conformance!(@ $backend $cases); } )+
    };
    (@ $backend:ident { $( $module:ident: $($case:ident)+; )+ }) => {
        $( mod $module {
            $( #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let place = super::super::place::$backend().await;
                super::super::$module::$case(place).await
            } )+
        } )+
    };
}

conformance! {
    on {
        sqlite
    }
    {
        logs:
            every_event_reads_back_as_it_was_written
            the_head_is_the_fold_of_the_log
            a_token_opens_its_own_conversation_and_nothing_else
            a_conversation_is_created_once
            pages_join_without_gap_or_overlap
            a_full_log_takes_no_message_but_lets_what_was_begun_finish
            the_same_client_id_is_one_message
            client_ids_of_two_conversations_do_not_meet
            hostile_words_come_back_unchanged
            a_newer_event_stops_its_conversation_only
            followers_hear_of_appends_and_not_of_repeats
            settings_are_kept;
        offers:
            a_code_asked_for_by_many_at_once_is_one
            a_code_is_used_once_whoever_asks
            a_code_is_replaced_only_where_the_offer_says_so
            wrong_codes_are_counted_and_then_nothing_is_found;
        many:
            writers_of_one_conversation_leave_no_gap_and_no_double
            writers_of_many_conversations_do_not_mix
            a_client_id_sent_at_once_by_many_is_one_message
            a_failing_append_takes_nothing_with_it
            two_processes_see_one_log
            one_of_many_gets_the_lease
            claimers_never_share_a_row;
        leases:
            a_message_takes_the_lease_when_nobody_holds_it
            a_repeated_message_takes_up_what_a_dead_process_left
            a_stale_run_cannot_append
            a_person_stops_the_run
            a_newer_message_supersedes
            an_append_may_insist_that_nothing_came_in_between
            leases_of_a_dead_process_are_freed_at_once
            a_lease_that_runs_out_is_taken_over
            renewing_keeps_it
            appending_keeps_it
            giving_back_with_work_left_keeps_it
            the_final_append_gives_back
            unfinished_finds_what_has_work_and_no_runner
            unfinished_reads_an_index;
        ledger:
            a_start_is_recorded_once
            a_key_means_one_call_of_one_conversation
            an_effect_ends_as_it_ended
            a_reused_key_undoes_the_whole_append
            a_bundle_is_stored_with_its_hand_off;
        outbox:
            a_claim_is_exclusive_and_runs_out
            the_same_key_is_one_delivery
            a_delivered_body_is_wiped_and_its_key_stays
            failures_pause_longer_each_time_up_to_a_cap_and_end
            a_row_that_kills_its_deliverers_is_given_up
            a_late_report_changes_nothing;
        proofs:
            codes_are_limited_per_address_conversation_and_origin
            a_code_counts_for_its_time_its_tries_and_its_conversation
            a_newer_code_voids_the_older_and_a_repeated_call_sends_none
            an_unknown_address_writes_the_same_and_sends_nothing
            failures_are_counted_for_each_thing_by_itself
            a_limited_try_looks_nothing_up_and_is_over_after_an_hour
            tries_at_once_are_limited_exactly
            nothing_is_kept_in_the_clear_and_old_rows_go
            a_wall_hides_what_stands_before_it
            a_wall_voids_the_code_that_was_sent_before_it
            a_hand_off_before_a_wall_is_none_of_the_next_customers
            a_storefronts_wall_fences_the_run_off_and_takes_up_what_is_left;
        erasing:
            no_word_is_left_and_the_log_still_folds
            a_run_with_the_words_in_memory_is_fenced_off
            undelivered_words_are_wiped_too;
        usage:
            use_adds_up_over_appends_and_processes
            use_falls_with_its_append
            days_are_read_from_the_newest;
    }
}
