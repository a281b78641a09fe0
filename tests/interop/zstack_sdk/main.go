// Clones a VM with the SDK that ZStack itself publishes, and prints what the SDK then believes.
//
// With -key the SDK signs every request with that access key; without, it logs in as an account,
// whose session it checks and ends.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/terraform-zstack-modules/zstack-sdk-go/pkg/client"
	"github.com/terraform-zstack-modules/zstack-sdk-go/pkg/param"
	"github.com/terraform-zstack-modules/zstack-sdk-go/pkg/view"
)

// believed is what the test compares with the ledger.
type believed struct {
	Cloned *view.CloneVmInstanceResult    `json:"cloned"`
	Found  []view.VmInstanceInventoryView `json:"found"`
}

func connect(address, account, key, secret string) (*client.ZSClient, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	config := client.NewZSConfig(host, port, "zstack").RetryInterval(1).RetryTimes(60)
	if key != "" {
		return client.NewZSClient(config.AccessKey(key, secret)), nil
	}
	zstack := client.NewZSClient(config.LoginAccount(account, secret))
	if _, err := zstack.Login(); err != nil {
		return nil, err
	}
	valid, err := zstack.ValidateSession()
	if err != nil {
		return nil, err
	}
	if !valid["valid"] {
		return nil, fmt.Errorf("the session of a moment ago is not valid: %v", valid)
	}
	return zstack, nil
}

func clone(zstack *client.ZSClient, source string, names []string, tags []string) (*believed, error) {
	full := false
	result, err := zstack.CloneVmInstance(source, param.CloneVmInstanceParam{
		BaseParam: param.BaseParam{SystemTags: tags},
		CloneVmInstance: param.CloneVmInstanceDetailParam{
			Names:    names,
			Strategy: param.CreateStopped,
			Full:     &full,
		},
	})
	if err != nil {
		return nil, err
	}
	out := &believed{Cloned: result}
	for _, name := range names {
		query := param.NewQueryParam()
		found, err := zstack.QueryVmInstance(*query.AddQ("name=" + name))
		if err != nil {
			return nil, err
		}
		out.Found = append(out.Found, found...)
	}
	return out, nil
}

func run() error {
	address := flag.String("address", "", "host:port of the ZStack")
	account := flag.String("account", "admin", "the account that logs in")
	key := flag.String("key", "", "id of an access key, instead of the account")
	secret := flag.String("secret", "", "the account's password, or the key's secret")
	source := flag.String("source", "", "uuid of the VM to clone")
	names := flag.String("names", "", "names of the clones, with commas between them")
	tags := flag.String("tags", "volume::fastCreate", "system tags, with commas between them")
	flag.Parse()

	zstack, err := connect(*address, *account, *key, *secret)
	if err != nil {
		return err
	}
	out, err := clone(zstack, *source, strings.Split(*names, ","), strings.Split(*tags, ","))
	if *key == "" {
		if end := zstack.Logout(); err == nil {
			err = end
		}
	}
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
