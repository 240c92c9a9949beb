import { useId } from 'react';

interface Option<T extends string> {
  value: T;
  label: string;
  disabled?: boolean | undefined;
}

/** One of a few, side by side; radio buttons to the keyboard and to screen readers. */
export function Choice<T extends string>(props: {
  label: string;
  options: Option<T>[];
  value: T;
  onChange: (value: T) => void;
  hideLabel?: boolean | undefined;
}) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className={props.hideLabel ? 'visually-hidden' : undefined}>{props.label}</legend>
      <div className="choice-options">
        {props.options.map(({ value, label, disabled }) => (
          <label key={value} className="choice-option">
            <input
              type="radio"
              name={name}
              checked={value === props.value}
              disabled={disabled}
              onChange={() => props.onChange(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
