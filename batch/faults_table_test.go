package batch_test

// faultTable is what has to become of a payout for every fault of the simulator, at every call that
// it can hit. simulator.FaultKinds says in words what each fault is.
//
//	effect     whether the provider did what the call asked for: nothing, took, or later
//	hits       once: the first such call; always: every such call of the first run
//	first run  where the payout stands after the first run
//	stopped by why that run stopped: "no answer" to the balance inquiry, or one of the errors of
//	           batch.Run; "-" when it did all that a run can do
//	exit       the exit code of that run
//	later      where the payout stands after later runs, every eight hours, in which nothing goes
//	           wrong and a person lets be sent again what the ledger allows to
//	sent       requests to transfer with its reference; without a network refused connections count.
//	           "any" where the pace's disorder decides how often it is tried before the run gives up
//	paid       debits with its reference in the simulator's book, never more than one
//	but        what the book says against the ledger, where a provider lies in words that count:
//	           no client can know better. Empty everywhere else.
const faultTable = `
fault                  | effect  | calls                                 | hits   | first run | stopped by  | exit | later    | sent | paid | but
no-connection          | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
no-connection          | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
no-connection          | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
no-connection          | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
no-connection          | nothing | transfer                              | always | verified  | outage      | 1    | settled  | 10   | 1
no-connection          | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
lose-request           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
lose-request           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
lose-request           | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
lose-request           | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
lose-request           | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
lose-request           | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
lose-response          | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
lose-response          | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
lose-response          | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
lose-response          | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
lose-response          | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
late                   | later   | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
late                   | later   | balance                               | always | queued    | no answer   | 1    | settled  | 1    | 1
late                   | later   | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
late                   | later   | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
late                   | later   | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
500-before             | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
500-before             | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
500-before             | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
500-before             | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
500-before             | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
500-before             | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
500-after              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
500-after              | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
500-after              | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
500-after              | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
500-after              | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
502-html-before        | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
502-html-before        | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
502-html               | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
504-before             | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
504-before             | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
504-after              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
html-before            | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
html-before            | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
html                   | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
html                   | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
html                   | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
html                   | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
html                   | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
empty-before           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
empty-before           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
empty                  | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
truncated-before       | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
truncated-before       | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
truncated              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
truncated              | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
truncated              | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
truncated              | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
truncated              | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
cut-answer             | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
slow                   | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
slow                   | took    | token balance inquiry transfer status | always | settled   | -           | 0    | settled  | 1    | 1
in-progress            | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
in-progress            | took    | balance                               | always | queued    | no answer   | 1    | settled  | 1    | 1
in-progress            | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
in-progress            | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
in-progress            | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
401                    | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
401                    | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
401                    | nothing | token balance inquiry                 | always | queued    | credentials | 1    | settled  | 1    | 1
401                    | nothing | transfer                              | always | verified  | credentials | 1    | settled  | 4    | 1
401                    | nothing | status                                | always | pending   | credentials | 1    | settled  | 1    | 1
429                    | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429                    | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429                    | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429                    | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429                    | nothing | transfer                              | always | verified  | outage      | 1    | settled  | any  | 1
429                    | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
conflict-409           | nothing | balance inquiry status                | once   | settled   | -           | 0    | settled  | 1    | 1
conflict-409           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
duplicate-409          | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
duplicate-409          | took    | balance                               | always | queued    | no answer   | 1    | settled  | 1    | 1
duplicate-409          | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
duplicate-409          | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
duplicate-409          | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
replay-409             | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
not-found              | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
not-found              | nothing | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
not-found              | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
not-found              | nothing | status                                | always | pending   | -           | 6    | settled  | 1    | 1
not-found-07           | nothing | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
not-found-07           | nothing | status                                | always | pending   | -           | 6    | settled  | 1    | 1
wrong-amount           | took    | inquiry transfer status               | once   | settled   | -           | 0    | settled  | 1    | 1
wrong-amount           | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
wrong-amount           | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
wrong-amount           | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
wrong-reference        | took    | inquiry transfer status               | once   | settled   | -           | 0    | settled  | 1    | 1
wrong-reference        | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
wrong-reference        | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
wrong-reference        | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
429-date               | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-date               | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-date               | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429-date               | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429-date               | nothing | transfer                              | always | verified  | outage      | 1    | settled  | any  | 1
429-date               | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
429-past               | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-past               | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-huge               | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-huge               | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-huge               | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429-huge               | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429-huge               | nothing | transfer                              | always | verified  | outage      | 1    | settled  | any  | 1
429-huge               | nothing | status                                | always | pending   | -           | 6    | settled  | 1    | 1
429-overflow           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-overflow           | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-negative           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-negative           | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-negative           | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429-negative           | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429-negative           | nothing | transfer                              | always | verified  | outage      | 1    | settled  | any  | 1
429-negative           | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
429-garbage            | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-garbage            | nothing | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-html               | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-html               | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
429-html               | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429-html               | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429-html               | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
429-html               | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
429-after              | took    | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
429-after              | took    | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
429-after              | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
429-after              | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
429-after              | took    | transfer                              | always | verified  | outage      | 1    | settled  | any  | 1    | the deposit should hold
429-after              | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
401-after              | took    | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
401-after              | took    | transfer                              | once   | settled   | -           | 0    | settled  | 2    | 1
401-after              | took    | token balance inquiry                 | always | queued    | credentials | 1    | settled  | 1    | 1
401-after              | took    | transfer                              | always | verified  | credentials | 1    | settled  | 4    | 1    | the deposit should hold
401-after              | took    | status                                | always | pending   | credentials | 1    | settled  | 1    | 1
503-before             | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
503-before             | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
503-before             | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
503-before             | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
503-before             | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
503-before             | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
503-after              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
redirect               | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect               | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect               | nothing | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
redirect               | nothing | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
redirect               | nothing | transfer                              | always | in doubt  | -           | 6    | settled  | 2    | 1
redirect               | nothing | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
redirect-301           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-301           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-302           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-302           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-303           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-303           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-308           | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-308           | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-host          | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-host          | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-login         | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-login         | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
redirect-after         | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-json          | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-json-before   | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
redirect-json-before   | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
hang                   | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
hang                   | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
hang                   | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
hang                   | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
hang                   | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
hang-before            | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
hang-before            | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
drip                   | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
drip-before            | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
drip-before            | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
drip-head              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
drip-head              | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
drip-head              | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
drip-head              | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
drip-head              | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
drip-head-before       | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
drip-head-before       | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
endless-body           | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
endless-body           | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
endless-body           | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
endless-body           | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
endless-body           | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
endless-body-before    | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
endless-body-before    | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
endless-head           | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
endless-head-before    | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
endless-head-before    | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
gzip-bomb              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
gzip-bomb-before       | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
gzip-bomb-before       | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
early-hints            | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
early-hints-before     | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
early-hints-before     | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
switching              | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
switching              | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
switching              | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
switching              | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
switching              | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
switching-before       | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
switching-before       | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
two-answers            | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
bom                    | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
bom                    | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
bom                    | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
bom                    | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
bom                    | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
bom-before             | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
bom-before             | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
invalid-utf8           | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
invalid-utf8-before    | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
invalid-utf8-before    | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
duplicate-key          | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
duplicate-key-before   | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
duplicate-key-before   | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
deep                   | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
deep-before            | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
deep-before            | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
two-objects            | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
two-objects-before     | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
two-objects-before     | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
other-service          | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
other-service-before   | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
other-service-before   | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
refusal-200            | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
refusal-200            | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
refusal-200            | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
refusal-200            | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
refusal-200            | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
refusal-200-before     | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
refusal-200-before     | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
success-400            | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
success-400            | took    | token balance                         | always | queued    | no answer   | 1    | settled  | 1    | 1
success-400            | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
success-400            | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
success-400            | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
success-400-before     | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
success-400-before     | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
previous-answer        | took    | token balance inquiry transfer status | once   | settled   | -           | 0    | settled  | 1    | 1
previous-answer        | took    | token                                 | always | queued    | credentials | 1    | settled  | 1    | 1
previous-answer        | took    | balance transfer                      | always | settled   | -           | 0    | settled  | 1    | 1
previous-answer        | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
previous-answer        | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
previous-answer-before | nothing | token balance inquiry status          | once   | settled   | -           | 0    | settled  | 1    | 1
previous-answer-before | nothing | transfer                              | once   | in doubt  | -           | 6    | settled  | 2    | 1
accepted-lost          | nothing | transfer                              | once   | pending   | -           | 6    | pending  | 1    | 0    | nothing was debited
accepted-lost          | nothing | transfer                              | always | pending   | -           | 6    | pending  | 1    | 0    | nothing was debited
other-currency         | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
other-account          | took    | balance inquiry                       | once   | settled   | -           | 0    | settled  | 1    | 1
other-account          | took    | balance                               | always | queued    | no answer   | 1    | settled  | 1    | 1
other-account          | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
other-bank             | took    | inquiry                               | once   | settled   | -           | 0    | settled  | 1    | 1
other-session          | took    | transfer status                       | once   | settled   | -           | 0    | settled  | 1    | 1
other-session          | took    | transfer status                       | always | settled   | -           | 0    | settled  | 1    | 1
other-date             | took    | transfer status                       | once   | settled   | -           | 0    | settled  | 1    | 1
no-reference           | took    | inquiry transfer status               | once   | settled   | -           | 0    | settled  | 1    | 1
no-reference           | took    | inquiry transfer                      | always | settled   | -           | 0    | settled  | 1    | 1
no-reference           | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
no-provider-reference  | took    | transfer status                       | once   | settled   | -           | 0    | settled  | 1    | 1
no-session             | took    | inquiry                               | once   | settled   | -           | 0    | settled  | 1    | 1
no-amount              | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
no-amount              | took    | balance                               | always | queued    | no answer   | 1    | settled  | 1    | 1
no-amount              | took    | inquiry transfer                      | always | settled   | -           | 0    | settled  | 1    | 1
no-amount              | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
zero-amount            | took    | balance                               | once   | queued    | funds       | 4    | settled  | 1    | 1
zero-amount            | took    | inquiry transfer status               | once   | settled   | -           | 0    | settled  | 1    | 1
zero-amount            | took    | balance                               | always | queued    | funds       | 4    | settled  | 1    | 1
zero-amount            | took    | inquiry                               | always | queued    | outage      | 1    | settled  | 1    | 1
zero-amount            | took    | transfer                              | always | settled   | -           | 0    | settled  | 1    | 1
zero-amount            | took    | status                                | always | pending   | outage      | 6    | settled  | 1    | 1
negative-amount        | took    | balance                               | once   | queued    | funds       | 4    | settled  | 1    | 1
negative-amount        | took    | inquiry transfer status               | once   | settled   | -           | 0    | settled  | 1    | 1
plain-amount           | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
plain-amount           | took    | balance inquiry transfer status       | always | settled   | -           | 0    | settled  | 1    | 1
number-amount          | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
grouped-amount         | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
float-amount           | took    | balance inquiry transfer status       | once   | settled   | -           | 0    | settled  | 1    | 1
expires-zero           | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
expires-zero           | took    | token                                 | always | settled   | -           | 0    | settled  | 1    | 1
expires-negative       | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
expires-huge           | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
expires-text           | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
no-token               | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
no-token               | took    | token                                 | always | queued    | no answer   | 1    | settled  | 1    | 1
bad-token              | took    | token                                 | once   | settled   | -           | 0    | settled  | 1    | 1
balance-array          | took    | balance                               | once   | settled   | -           | 0    | settled  | 1    | 1
balance-spelt          | took    | balance                               | once   | settled   | -           | 0    | settled  | 1    | 1
balance-twice          | took    | balance                               | once   | settled   | -           | 0    | settled  | 1    | 1
status-unknown         | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
status-unknown         | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
status-missing         | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
status-number          | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
status-contradiction   | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
status-contradiction   | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
says-refunded          | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
says-refunded          | took    | status                                | always | returned  | -           | 5    | returned | 1    | 1    | nothing came back
says-cancelled         | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
says-cancelled         | took    | status                                | always | failed    | -           | 5    | failed   | 1    | 1    | the debit stands
says-failed            | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
says-failed            | took    | status                                | always | failed    | -           | 5    | failed   | 1    | 1    | the debit stands
status-failed          | nothing | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
status-failed          | nothing | status                                | always | pending   | -           | 6    | settled  | 1    | 1
not-found-other        | nothing | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
not-found-other        | nothing | status                                | always | pending   | -           | 6    | settled  | 1    | 1
not-found-paid         | took    | status                                | once   | settled   | -           | 0    | settled  | 1    | 1
not-found-paid         | took    | status                                | always | pending   | -           | 6    | settled  | 1    | 1
`
