// Gets a bearer assertion from the token service with VMware's Go library, signs calls of snapservice with
// it as the library does, and prints what the library believes and what the appliance answers.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/vmware/govmomi/sts"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// believed is what the test compares with the ledger.
type believed struct {
	LifetimeS int `json:"lifetime_s"`
	Signed    int `json:"signed"`
	Session   int `json:"session"`
	InSession int `json:"in_session"`
}

// call sends one request of snapservice's REST and decodes an answer that is good into `into`.
func call(method, address string, prepare func(*http.Request) error, into any) (int, error) {
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		return 0, err
	}
	if err := prepare(request); err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode < 300 {
		err = json.NewDecoder(answer.Body).Decode(into)
	}
	return answer.StatusCode, err
}

func run() error {
	address := flag.String("url", "", "of the vCenter, with user and password")
	appliance := flag.String("snapservice", "", "base address of snapservice")
	lifetime := flag.Duration("lifetime", 30*time.Minute, "asked of the token service")
	wait := flag.Duration("wait", 0, "between the token and its use")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	target, err := url.Parse(*address)
	if err != nil {
		return err
	}
	// Without a lookup service the library takes the token service's own path.
	client, err := sts.NewClient(ctx, &vim25.Client{Client: soap.NewClient(target, false)})
	if err != nil {
		return err
	}
	signer, err := client.Issue(ctx, sts.TokenRequest{
		Userinfo: target.User, Lifetime: *lifetime, Delegatable: true})
	if err != nil {
		return err
	}
	time.Sleep(*wait)
	out := believed{
		LifetimeS: int(signer.Lifetime.Expires.Sub(signer.Lifetime.Created).Seconds())}
	tasks := *appliance + "/api/snapservice/tasks?services=com.vmware.snapservice"
	var ignored any
	if out.Signed, err = call("GET", tasks, signer.SignRequest, &ignored); err != nil {
		return err
	}
	var session string
	sessions := *appliance + "/api/snapservice/sessions"
	if out.Session, err = call("POST", sessions, signer.SignRequest, &session); err != nil {
		return err
	}
	out.InSession, err = call("GET", tasks, func(r *http.Request) error {
		r.Header.Set("vmware-api-session-id", session)
		return nil
	}, &ignored)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
