// Redpanda Benthos core with two parts that it lacks and Redpanda Connect has, on the same libraries as there: the method
// parse_xml (clbanning/mxj), and an output to Kafka (twmb/franz-go) that waits for all replicas.
package main

import (
	"context"

	"github.com/clbanning/mxj/v2"
	"github.com/redpanda-data/benthos/v4/public/bloblang"
	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/twmb/franz-go/pkg/kgo"
)

func parseXML(*bloblang.ParsedParams) (bloblang.Method, error) {
	return bloblang.BytesMethod(func(document []byte) (any, error) {
		elements, err := mxj.NewMapXml(document)
		return map[string]any(elements), err
	}), nil
}

type kafkaOutput struct {
	brokers []string
	topic   string
	client  *kgo.Client
}

func (output *kafkaOutput) Connect(ctx context.Context) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(output.brokers...),
		kgo.DefaultProduceTopic(output.topic),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		// As the others send: KafkaJS, which looks for lost messages, cannot read the default, Snappy.
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return err
	}
	output.client = client
	return client.Ping(ctx)
}

func (output *kafkaOutput) Write(ctx context.Context, message *service.Message) error {
	value, err := message.AsBytes()
	if err != nil {
		return err
	}
	record := &kgo.Record{Value: value}
	if key, found := message.MetaGet("key"); found {
		record.Key = []byte(key)
	}
	return output.client.ProduceSync(ctx, record).FirstErr()
}

func (output *kafkaOutput) Close(context.Context) error {
	if output.client != nil {
		output.client.Close()
	}
	return nil
}

func newKafkaOutput(parsed *service.ParsedConfig, _ *service.Resources) (service.Output, int, error) {
	brokers, err := parsed.FieldStringList("brokers")
	if err != nil {
		return nil, 0, err
	}
	topic, err := parsed.FieldString("topic")
	if err != nil {
		return nil, 0, err
	}
	inFlight, err := parsed.FieldInt("max_in_flight")
	return &kafkaOutput{brokers: brokers, topic: topic}, inFlight, err
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	must(bloblang.RegisterMethodV2("parse_xml", bloblang.NewPluginSpec(), parseXML))
	kafka := service.NewConfigSpec().Fields(
		service.NewStringListField("brokers"),
		service.NewStringField("topic"),
		service.NewIntField("max_in_flight").Default(256),
	)
	must(service.RegisterOutput("kafka_all_replicas", kafka, newKafkaOutput))
	service.RunCLI(context.Background())
}
